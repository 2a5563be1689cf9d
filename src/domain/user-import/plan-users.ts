import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { groupBy } from '../../group-by.ts';
import { changedFields, type Changes } from '../audit/audit.ts';
import { normaliseCode } from '../company/company.ts';
import type { FieldValue } from '../custom-field/field-types.ts';
import type { EmailAddress } from '../text/email-address.ts';
import { fold } from '../text/fold.ts';
import { fullName } from '../user/user-name.ts';
import { displayName } from '../user/user.ts';
import type { ErrorDetails } from '../form/parse-values.ts';
import { hashDetails, isSameOrEmpty } from './detail-hashes.ts';
import {
  findCompanies,
  findCompaniesById,
  findCompaniesByName,
  findUsers,
  type FoundUsers,
  type StoredUser,
} from './find-users.ts';
import { planCustomValues } from '../import/plan-custom-values.ts';
import { noLabels, planLabels, type LabelPlan } from './plan-labels.ts';
import { membershipChanges, planMembership, type Companies, type MembershipPlan } from './plan-membership.ts';
import type { OpenRows } from '../import/import-engine.ts';
import { errorAt } from '../import/cells.ts';
import type { EarlierRow, ParsedRow, RowError, RowPlan } from '../import/row.ts';
import { companyColumns, keyOfUser, roleColumns, type UserRows } from './user-row-context.ts';
import { checkNewUser } from './check-new-user.ts';
import { hasNoKey, listPeople, nameOfRow } from './people-without-key.ts';
import { verdictOf } from '../import/verdict.ts';

export interface PlannedDetails {
  email: EmailAddress | null;
  first_name: string | null;
  last_name: string | null;
  phone: string | null;
  phone2: string | null;
  address: string | null;
  locale: string | null;
}

export interface UserPlan extends RowPlan {
  target_id: string;
  stored: StoredUser | undefined;
  /** All details of the person after the import. */
  details: PlannedDetails;
  /** Of details and custom fields. */
  changes: Changes;
  hasNewDetails: boolean;
  /** Changed values by the codes of the fields, secrets as typed. */
  custom: Readonly<Record<string, FieldValue | null>>;
  labels: LabelPlan;
  membership: MembershipPlan | null;
}

type PlanOptions = Parameters<OpenRows['plan']>[2];

interface Batch extends Companies {
  db: TenantDb;
  rows: UserRows;
  users: FoundUsers;
  /** By key, also those of this batch. */
  earlier: Map<string, EarlierRow[]>;
  ids: PlanOptions['ids'];
  lock: boolean;
  /** By id, of this batch. */
  created: Set<string>;
  /** Addresses that rows of this batch give to stored people. */
  given: Set<string>;
}

export async function planUsers(
  db: TenantDb,
  rows: UserRows,
  parsed: readonly ParsedRow[],
  { earlier, ids, lock }: PlanOptions,
): Promise<UserPlan[]> {
  const has = (name: string) => rows.columns.includes(name);
  const textsOf = (name: string) => [
    ...new Set(parsed.flatMap(({ values }) => (values[name] as string) ?? [])),
  ];
  const hasCompany = companyColumns.some(has);
  const names = parsed.filter(hasNoKey).flatMap((row) => nameOfRow(row) ?? []);
  const users = await findUsers(db, {
    ids: rows.key === 'id' ? textsOf('id') : idsWithoutEmail(parsed),
    emails: textsOf('email'),
    names: [...new Set(names)],
    withMemberships: names.length > 0 || hasCompany || roleColumns.some(has),
    withLabels: has('labels'),
    lock,
  });
  const soleCompanies = [...users.byId.values()].flatMap(({ memberships }) =>
    memberships.length === 1 ? memberships[0]!.company_id : [],
  );
  const batch: Batch = {
    db,
    rows,
    users,
    ids,
    lock,
    byCode: await findCompanies(db, textsOf('company_code').map(normaliseCode), lock),
    byName: await findCompaniesByName(db, textsOf('company_name').map(fold), lock),
    byId: await findCompaniesById(db, hasCompany ? [] : soleCompanies, lock),
    earlier: groupBy(earlier, ({ key_norm }) => key_norm!),
    created: new Set(),
    given: new Set(),
  };
  return parsed.map((row) => planUser(batch, row));
}

function idsWithoutEmail(rows: readonly ParsedRow[]): string[] {
  return rows.flatMap(({ values: { id, email } }) => (email === undefined && id ? [id as string] : []));
}

function planUser(batch: Batch, row: ParsedRow): UserPlan {
  const { rows } = batch;
  const key = keyOfUser(rows, row);
  const earlier = (key === null ? undefined : batch.earlier.get(key)) ?? [];
  const stored = findStored(batch, row);
  const target_id = stored?.id ?? earlier[0]?.target_id ?? batch.ids.get(row.line) ?? newId();
  const isFirst = earlier.length === 0;
  const isNew = !stored && isFirst;
  const errors: RowError[] = [...row.errors];
  const membership = planMembership(batch, rows, row, { stored, errors });
  const part_norm = membership?.company.id ?? null;
  const detail_hashes = hashDetails(rows, row);
  const isReadable = row.errors.every(({ column }) => column !== '');
  if (isNew && isReadable) checkNewUser(batch, row, { errors, isMember: membership !== null });
  else if (stored && isFirst) checkStoredUser(batch, row, stored, errors);
  else if (!isFirst) checkFurtherRow(batch, row, { earlier, part_norm, detail_hashes, stored, errors });

  const details = mergedDetails(stored ?? noDetails, row);
  const custom = isFirst ? planCustomValues(rows, row, { stored, errors }) : noCustomValues;
  const labels = isFirst ? planLabels(rows, row, { stored, errors }) : noLabels;
  const changes = isFirst ? { ...changedFields(stored ?? {}, { ...details }), ...custom.changes } : {};
  const hasNewDetails = Object.keys(changes).length > 0;
  const name = fullName(details) || (stored?.name ?? '');
  const plan: UserPlan = {
    line: row.line,
    errors,
    verdict: verdictOf({
      errors,
      isNew,
      hasChanges: hasNewDetails || labels.added.length > 0 || membership?.hasChanged === true,
    }),
    key_norm: errors.length > 0 ? null : key,
    part_norm,
    detail_hashes,
    target_id,
    target_name: displayName({
      name: name || (earlier[0]?.target_name ?? ''),
      email: details.email ?? '',
    }),
    target_version: stored && isFirst ? stored.version : null,
    stored,
    details,
    membership,
    labels,
    custom: custom.values,
    changes,
    part_changes: {
      ...(membership?.hasChanged && membershipChanges(membership)),
      ...(labels.added.length > 0 && { labels: [labels.before, labels.after] }),
    },
    hasNewDetails,
  };
  if (errors.length === 0 && key !== null) {
    batch.earlier.set(key, [...earlier, plan]);
    if (isNew) batch.created.add(target_id);
  }
  return plan;
}

function findStored({ rows, users }: Batch, row: ParsedRow): StoredUser | undefined {
  const { id, email } = row.values as { id?: string; email?: string };
  if (hasNoKey(row)) return listPeople(users, row)[0];
  if (rows.key === 'id' || email === undefined) return users.byId.get(id!);
  return users.byEmail.get(email);
}

const noCustomValues = { values: {}, changes: {} };

const noDetails: Readonly<Record<keyof PlannedDetails, string | null>> = {
  email: null,
  first_name: null,
  last_name: null,
  phone: null,
  phone2: null,
  address: null,
  locale: null,
};

/** A cell without a value leaves the stored one. */
function mergedDetails(before: StoredUser | typeof noDetails, row: ParsedRow) {
  const values: Readonly<Record<string, unknown>> = {
    ...nameParts(before, row),
    ...row.values,
    locale: row.values['language'],
  };
  const names = Object.keys(noDetails) as (keyof PlannedDetails)[];
  const valueOf = (name: keyof PlannedDetails) => (values[name] === undefined ? before[name] : values[name]);
  return Object.fromEntries(names.map((name) => [name, valueOf(name)])) as {
    [Name in keyof PlannedDetails]: PlannedDetails[Name];
  };
}

/** The last name is what follows the first word of a name in one column. */
function nameParts(before: object, { values }: ParsedRow) {
  const name = values['name'] as string | undefined;
  if (name === undefined || ('name' in before && before.name === name)) return {};
  const [first_name, ...rest] = name.split(' ');
  return { first_name, last_name: rest.join(' ') || undefined };
}

function checkStoredUser(batch: Batch, row: ParsedRow, stored: StoredUser, errors: RowError[]): void {
  const { rows } = batch;
  const email = row.values['email'] as string | undefined;
  const isNamed = hasNoKey(row);
  if (isNamed && listPeople(batch.users, row).length > 1)
    errors.push(errorAt(row, '', { code: 'import_ambiguous_person' }));
  else if (rows.mode === 'create')
    errors.push(
      isNamed
        ? errorAt(row, '', { code: 'import_person_exists' })
        : errorAt(row, rows.key, { code: 'import_exists' }),
    );
  else if (email !== undefined && email !== stored.email_norm) {
    const error = addressError(batch, stored, email);
    if (error) errors.push(errorAt(row, 'email', error));
    else batch.given.add(email);
  }
}

/** A person with a login is told of a new address by email, and an import sends none. */
function addressError({ users, given }: Batch, stored: StoredUser, email: string): ErrorDetails | null {
  if (stored.has_password || stored.access === 'active') return { code: 'import_email_kept' };
  if (users.byEmail.has(email) || given.has(email)) return { code: 'import_exists' };
  return users.staffEmails.has(email) ? { code: 'import_staff_email' } : null;
}

/** A row about the same person as an earlier one adds another company, and has no other details. */
function checkFurtherRow(
  { rows, lock, created }: Batch,
  row: ParsedRow,
  {
    earlier,
    part_norm,
    detail_hashes,
    stored,
    errors,
  }: {
    earlier: readonly EarlierRow[];
    part_norm: string | null;
    detail_hashes: string | null;
    stored: StoredUser | undefined;
    errors: RowError[];
  },
): void {
  const [first] = earlier;
  const duplicate = earlier.find((each) => each.part_norm === part_norm);
  if (duplicate)
    errors.push(errorAt(row, rows.key, { code: 'import_duplicate', params: { line: duplicate.line } }));
  else if (!isSameOrEmpty(first!.detail_hashes, detail_hashes))
    errors.push(errorAt(row, '', { code: 'import_conflict', params: { line: first!.line } }));
  else if (lock && !stored && !created.has(first!.target_id!))
    errors.push(errorAt(row, '', { code: 'import_first_failed', params: { line: first!.line } }));
}
