import type { EmailState } from './email-queries.ts';

/** The state's badge; its words are the state itself. Accepted is not delivered, so it is not green. */
export function emailTone(state: EmailState): 'ok' | 'warn' | 'bad' | 'info' | 'plain' {
  if (state === 'delivered') return 'ok';
  if (state === 'bounced' || state === 'failed') return 'bad';
  if (state === 'deferred' || state === 'expired') return 'warn';
  return state === 'suppressed' ? 'plain' : 'info';
}
