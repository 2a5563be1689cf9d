import { changeError } from '../company/check-status.ts';
import { normaliseCode } from '../company/company.ts';
import {
  companyCodesText,
  companyNamesText,
  MAX_EXPORTED_COMPANIES,
  rolesText,
} from '../membership/membership-texts.ts';
import { roleNames, type Role } from '../role/role-queries.ts';
import { truncate } from '../../truncate.ts';
import { fold } from '../text/fold.ts';
import type { ErrorDetails } from '../form/parse-values.ts';
import { errorAt, namesIn } from '../import/cells.ts';
import type { FoundCompany, StoredUser } from './find-users.ts';
import type { ParsedRow, RowError } from '../import/row.ts';
import { isPermitted } from '../import/import-engine.ts';
import { companyColumns, roleColumns, type UserRows } from './user-row-context.ts';

export interface Companies {
  byCode: ReadonlyMap<string, FoundCompany>;
  byName: ReadonlyMap<string, readonly FoundCompany[]>;
  byId: ReadonlyMap<string, FoundCompany>;
}

export interface MembershipPlan {
  company: FoundCompany;
  isNew: boolean;
  hasChanged: boolean;
  before: readonly Role[];
  after: readonly Role[];
}

interface PlannedFor {
  stored: StoredUser | undefined;
  errors: RowError[];
}

/** What the row changes in a company: null without one. */
export function planMembership(
  companies: Companies,
  rows: UserRows,
  row: ParsedRow,
  { stored, errors }: PlannedFor,
): MembershipPlan | null {
  if (isAsExported(rows, row, stored)) return null;
  const roles = {
    added: rolesIn(rows, row, 'add_roles', errors),
    removed: rolesIn(rows, row, 'remove_roles', errors),
  };
  const company = findCompanyOf(companies, row, { stored, errors });
  if (!company) return null;
  const member = stored?.memberships.find(({ company_id }) => company_id === company.id);
  const before = rows.roles.filter(({ id }) => member?.role_ids.includes(id));
  const after = rows.roles.filter(
    (role) => !roles.removed.includes(role) && (before.includes(role) || roles.added.includes(role)),
  );
  const hasChanged =
    !member || after.length !== before.length || after.some((role) => !before.includes(role));
  if (hasChanged && !isPermitted(rows, 'companies.edit'))
    errors.push(errorAt(row, companyColumn(row), { code: 'import_not_permitted' }));
  const archived = hasChanged ? changeError(company, companyColumn(row)) : undefined;
  if (archived) {
    const { field, ...error } = archived;
    errors.push(errorAt(row, field, error));
  }
  if (hasChanged && after.length === 0 && !hasRoleError(errors))
    errors.push(errorAt(row, roleColumn(rows), { code: 'import_role_missing' }));
  return { company, isNew: !member, hasChanged, before, after };
}

/** Of a person in several companies, whose cells are those of an export: nothing changes. */
function isAsExported({ roles }: UserRows, { values }: ParsedRow, stored: StoredUser | undefined): boolean {
  const companies = (stored?.memberships ?? []).slice(0, MAX_EXPORTED_COMPANIES);
  if (companies.length < 2) return false;
  const memberships = companies.map(({ code, name, role_ids }) => ({
    code,
    name,
    roles: roleNames(roles.filter(({ id }) => role_ids.includes(id))),
  }));
  const texts: Record<string, string> = {
    company_code: companyCodesText(memberships),
    company_name: companyNamesText(memberships),
    add_roles: rolesText(memberships),
  };
  return Object.entries(texts).every(([name, text]) => (values[name] ?? text) === text);
}

function companyColumn({ values }: ParsedRow): string {
  return companyColumns.find((name) => values[name] !== undefined) ?? 'company_code';
}

function hasRoleError(errors: readonly RowError[]): boolean {
  return errors.some(({ column }) => roleColumns.some((name) => name === column));
}

function roleColumn({ columns }: UserRows): string {
  return roleColumns.find((name) => columns.includes(name)) ?? 'company_code';
}

/** By code, otherwise by name; without both, the only company of the person. */
function findCompanyOf(
  { byCode, byName, byId }: Companies,
  row: ParsedRow,
  { stored, errors }: PlannedFor,
): FoundCompany | undefined {
  const code = row.values['company_code'] as string | undefined;
  if (code !== undefined) {
    const company = byCode.get(normaliseCode(code));
    if (!company) errors.push(errorAt(row, 'company_code', { code: 'import_unknown_company' }));
    return company;
  }
  const name = row.values['company_name'] as string | undefined;
  if (name !== undefined) {
    const named = byName.get(fold(name)) ?? [];
    const own = named.filter(({ id }) => stored?.memberships.some(({ company_id }) => company_id === id));
    const [company, ...others] = own.length === 1 ? own : named;
    if (company && others.length === 0) return company;
    const error: ErrorDetails = company
      ? { code: 'import_ambiguous_company' }
      : { code: 'import_unknown_company_name' };
    errors.push(errorAt(row, 'company_name', error));
    return undefined;
  }
  const column = roleColumns.find((name) => row.values[name] !== undefined);
  if (column === undefined) return undefined;
  const [only, ...more] = stored?.memberships ?? [];
  const company = only && more.length === 0 ? byId.get(only.company_id) : undefined;
  if (!company) errors.push(errorAt(row, column, { code: 'import_company_missing' }));
  return company;
}

/** By code or by name. */
function rolesIn(rows: UserRows, row: ParsedRow, column: string, errors: RowError[]): Role[] {
  const known = rows.roles.map(({ name }) => name);
  const names = namesIn((row.values[column] as string | undefined) ?? '', known);
  return names.flatMap((name) => {
    const isNamed = (role: Role) => fold(role.name) === fold(name) || role.code === name.toLowerCase();
    const role = rows.roles.find(isNamed);
    if (role) return role;
    const params = { role: truncate(name, 100) };
    const isOfStaff = rows.staffRoles.some(isNamed);
    const error = isOfStaff
      ? ({ code: 'import_staff_role', params } as const)
      : ({ code: 'import_unknown_role', params } as const);
    errors.push(errorAt(row, column, error));
    return [];
  });
}

/** For the audit log and the page of the check. */
export function membershipChanges({ company, isNew, before, after }: MembershipPlan) {
  const roles = [roleNames(before), roleNames(after)] as [string[], string[]];
  return { company: isNew ? ([null, company.name] as [null, string]) : company.name, roles };
}
