import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { AuditEntry } from '../audit/record-audit.ts';
import { auditRow, insertAuditRows } from '../audit/record-audit.ts';
import type { FieldValue } from '../custom-field/field-types.ts';
import { readCustom } from '../custom-field/form-fields.ts';
import { indexValues } from '../custom-field/store-values.ts';
import { insertMemberships, insertNewMemberships } from '../membership/membership-actions.ts';
import { insertRoleAssignments } from '../role/role-assignments.ts';
import { insertUsers } from '../user/user-actions.ts';
import { userTarget } from '../user/user.ts';
import { membershipChanges, type MembershipPlan } from './plan-membership.ts';
import type { PlannedDetails, UserPlan } from './plan-users.ts';
import type { RowError, WrittenRow } from '../import/row.ts';
import { changeEmails } from './change-emails.ts';
import { removeAssignments } from './remove-assignments.ts';
import { updateUsers } from './update-users.ts';
import type { UserRows } from './user-row-context.ts';
import { sealedValues, storeValues } from '../import/write-custom-values.ts';
import { addLabels } from './write-labels.ts';

/** What `undoUsers` needs. */
export interface UserUndo {
  /** Stored details before the import; absent for a created person or one whose details were not changed. */
  details?: Readonly<Record<keyof PlannedDetails, string | null>>;
  /** Stored custom values before; null for none. */
  custom?: Readonly<Record<string, FieldValue | null>>;
  labels?: { before: readonly string[]; after: readonly string[]; added: readonly string[] };
  membership?: {
    company_id: string;
    company_name: string;
    isNew: boolean;
    before: string[];
    after: string[];
  };
}

const CREATED_VERSION = 1;

export async function writeUsers(
  db: TenantDb,
  rows: UserRows,
  plans: readonly UserPlan[],
): Promise<WrittenRow[]> {
  const created = plans.filter(({ verdict }) => verdict === 'create');
  const users = created.map((plan) => newUser(rows, plan));
  const [ids, events] = await Promise.all([insertUsers(db, users), prepareEvents(rows, plans)]);
  const taken = new Map([
    ...created.filter((_, index) => ids[index] === undefined).map(takenAddress),
    ...(await changeEmails(db, rows, plans)),
  ]);
  const written = plans.filter(({ target_id }) => !taken.has(target_id));
  indexNewUsers(
    db,
    rows,
    users.filter(({ id }) => !taken.has(id)),
  );
  db.send();
  const changed = written.filter(({ stored, hasNewDetails }) => stored && hasNewDetails);
  const versions = await updateUsers(
    db,
    changed.map(({ target_id, details }) => ({ id: target_id, ...details })),
  );
  storeValues(db, 'user', rows, changed);
  addLabels(
    db,
    written.map(({ target_id: user_id, labels }) => ({ user_id, labels: labels.added })),
  );
  await writeMemberships(db, written);
  db.send();
  insertAuditRows(
    db,
    written.flatMap(({ line }) => events.get(line)!),
  );
  db.send();
  return plans.map((plan) =>
    taken.has(plan.target_id)
      ? failed(plan, taken.get(plan.target_id)!)
      : {
          line: plan.line,
          result: plan.verdict === 'create' ? 'created' : 'updated',
          errors: [],
          target_version:
            versions.get(plan.target_id) ??
            (plan.verdict === 'create' ? CREATED_VERSION : plan.target_version),
          undo: undoOf(plan),
        },
  );
}

function failed({ line }: UserPlan, error: RowError): WrittenRow {
  return { line, result: 'failed', errors: [error], target_version: null, undo: null };
}

/** The audit events by line, made while the server inserts the users. */
async function prepareEvents(
  { actor }: UserRows,
  plans: readonly UserPlan[],
): Promise<Map<number, Record<string, unknown>[]>> {
  await nextTurn();
  return new Map(plans.map((plan) => [plan.line, auditEntries(plan).map((entry) => auditRow(actor, entry))]));
}

function newUser(rows: UserRows, plan: UserPlan) {
  return {
    id: plan.target_id,
    ...plan.details,
    custom: sealedValues(rows, plan),
    audience: 'customer' as const,
    is_private_customer: plan.membership === null,
  };
}

/** By the id of the user: another has got the address after the plan. */
function takenAddress({ target_id, details }: UserPlan): [string, RowError] {
  return [target_id, { column: 'email', value: details.email ?? '', code: 'import_exists' }];
}

function indexNewUsers(
  db: TenantDb,
  { fields }: UserRows,
  users: readonly ReturnType<typeof newUser>[],
): void {
  indexValues(
    db,
    fields,
    users.map(({ id, custom }) => ({ id, values: custom, is_new: true })),
  );
}

async function writeMemberships(db: TenantDb, plans: readonly UserPlan[]): Promise<void> {
  const planned = plans.flatMap(({ target_id: user_id, membership, verdict }) =>
    membership?.hasChanged ? { ...membership, user_id, company_id: membership.company.id, verdict } : [],
  );
  const added = planned.filter(({ isNew }) => isNew);
  const kept = planned.filter(({ isNew }) => !isNew);
  const memberships = (of: typeof added) =>
    of.map(({ user_id, company_id, after }) => ({ user_id, company_id, roles: after }));
  insertNewMemberships(db, memberships(added.filter(({ verdict }) => verdict === 'create')));
  await insertMemberships(db, memberships(added.filter(({ verdict }) => verdict !== 'create')));
  const assignments = (one: typeof kept, roles: (each: MembershipPlan) => MembershipPlan['after']) =>
    one.flatMap((each) =>
      roles(each).map(({ id: role_id }) => ({ user_id: each.user_id, company_id: each.company_id, role_id })),
    );
  removeAssignments(
    db,
    assignments(kept, ({ before, after }) => before.filter((role) => !after.includes(role))),
  );
  insertRoleAssignments(
    db,
    assignments(kept, ({ before, after }) => after.filter((role) => !before.includes(role))),
  );
}

function auditEntries({
  verdict,
  target_id,
  target_name,
  details,
  changes,
  membership,
  labels,
}: UserPlan): AuditEntry[] {
  const target = userTarget({ id: target_id, name: target_name, email: details.email });
  const member = membership?.hasChanged ? membership : null;
  const labelled = labels.added.length > 0 ? { labels: [labels.before, labels.after] as const } : null;
  if (verdict === 'create')
    return [
      {
        event: 'user.created',
        target,
        changes: { ...changes, ...(member && membershipChanges(member)), ...labelled },
      },
    ];
  return [
    ...(labelled ? [{ event: 'user.labels_changed', target, changes: labelled } as const] : []),
    ...(Object.keys(changes).length > 0 ? [{ event: 'user.updated', target, changes } as const] : []),
    ...(member
      ? [
          {
            event: member.isNew ? 'user.linked' : 'user.roles_changed',
            target,
            changes: membershipChanges(member),
          } as const,
        ]
      : []),
  ];
}

function undoOf({ stored, hasNewDetails, custom, membership, labels }: UserPlan): UserUndo {
  const before = stored && readCustom(stored);
  const ids = (roles: MembershipPlan['after']) => roles.map(({ id }) => id);
  return {
    ...(stored &&
      hasNewDetails && {
        details: detailsOf(stored),
        custom: Object.fromEntries(Object.keys(custom).map((code) => [code, before![code] ?? null])),
      }),
    ...(labels.added.length > 0 && { labels }),
    ...(membership?.hasChanged && {
      membership: {
        company_id: membership.company.id,
        company_name: membership.company.name,
        isNew: membership.isNew,
        before: ids(membership.before),
        after: ids(membership.after),
      },
    }),
  };
}

function detailsOf({
  email,
  first_name,
  last_name,
  phone,
  phone2,
  address,
  locale,
}: Readonly<Record<keyof UserPlan['details'], string | null>>) {
  return { email, first_name, last_name, phone, phone2, address, locale };
}
