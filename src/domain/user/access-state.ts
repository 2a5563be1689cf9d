/** How far somebody is on their way in, in the words of the portal's badges. */
export type AccessState = 'No access' | 'Invited' | 'Opened' | 'Expired' | 'Bounced' | 'Active' | 'Revoked';

const words = {
  no_access: 'No access',
  invited: 'Invited',
  opened: 'Opened',
  bounced: 'Bounced',
  active: 'Active',
  revoked: 'Revoked',
} as const;

export interface Access {
  access: keyof typeof words;
  access_expires_at: Date | null;
}

/** Expired is never stored: it is what invited or opened becomes when the link's time is over. */
export function accessState({ access, access_expires_at }: Access, now: Date = new Date()): AccessState {
  const isWaiting = access === 'invited' || access === 'opened';
  return isWaiting && access_expires_at !== null && access_expires_at < now ? 'Expired' : words[access];
}

export function accessTone(state: AccessState): 'ok' | 'warn' | 'bad' | 'info' | 'plain' {
  if (state === 'Active') return 'ok';
  if (state === 'Bounced' || state === 'Revoked') return 'bad';
  if (state === 'Expired') return 'warn';
  return state === 'No access' ? 'plain' : 'info';
}
