import { normalName } from '../text/normalise.ts';

export type CompanyStatus = 'pending' | 'active' | 'on_hold' | 'blocked' | 'archived';

/** What badges say. */
export const companyStatuses: Record<
  CompanyStatus,
  { text: string; tone: 'ok' | 'warn' | 'bad' | 'info' | 'plain' }
> = {
  pending: { text: 'Pending', tone: 'info' },
  active: { text: 'Active', tone: 'ok' },
  on_hold: { text: 'On hold', tone: 'warn' },
  blocked: { text: 'Blocked', tone: 'bad' },
  archived: { text: 'Archived', tone: 'plain' },
};

/** The form in which codes are unique and found: 'C-1001' and 'c-1001' are one code. */
export function normalCode(code: string): string {
  return normalName(code);
}

/**
 * The columns of `companies` that hold code and name, with the normalised ones beside them by which they are found:
 * everybody who writes one of them writes them all.
 */
export function companyColumns({ code, name }: { code: string; name: string }) {
  const code_norm = normalCode(code);
  const name_norm = normalName(name);
  return { code, code_norm, name, name_norm, search_text: `${name_norm} ${code_norm}` };
}
