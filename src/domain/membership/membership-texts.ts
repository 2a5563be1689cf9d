/** In the order of the names of the companies. */
export interface DescribedMembership {
  code: string;
  name: string;
  /** Names, in the order of the list of roles. */
  roles: readonly string[];
}

/** An export has no further companies of a person. */
export const MAX_EXPORTED_COMPANIES = 100;

/** The cells of an export, which an import of the same file recognises. */
export function companyCodesText(memberships: readonly DescribedMembership[]): string {
  return memberships.map(({ code }) => code).join(', ');
}

export function companyNamesText(memberships: readonly DescribedMembership[]): string {
  return memberships.map(({ name }) => name).join(', ');
}

/** `View only`; of several companies `ACME: View only; BETA: Company Admin`. */
export function rolesText(memberships: readonly DescribedMembership[]): string {
  const [first, ...others] = memberships;
  if (first && others.length === 0) return first.roles.join(', ');
  return memberships.map(({ code, roles }) => `${code}: ${roles.join(', ')}`).join('; ');
}
