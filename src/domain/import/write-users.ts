import type { TenantDb } from '../../database/tenant-db.ts';
import type { AuditEntry } from '../audit/record-audit.ts';
import { recordAudits } from '../audit/record-audit.ts';
import type { FieldValue } from '../custom-field/field-types.ts';
import { readCustom } from '../custom-field/form-fields.ts';
import { indexValues } from '../custom-field/store-values.ts';
import { insertMemberships } from '../membership/membership-actions.ts';
import { insertRoleAssignments } from '../role/role-assignments.ts';
import { insertUsers } from '../user/user-actions.ts';
import { userTarget } from '../user/user.ts';
import { membershipChanges, type MembershipPlan } from './plan-membership.ts';
import type { PlannedDetails, UserPlan } from './plan-users.ts';
import type { RowError, WrittenRow } from './row.ts';
import { changeEmails } from './change-emails.ts';
import { removeAssignments } from './remove-assignments.ts';
import { updateUsers } from './update-users.ts';
import type { UserRows } from './user-row-context.ts';
import { sealedValues, storeValues } from './write-custom-values.ts';
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
  const taken = new Map([
    ...(await createUsers(db, rows, created)),
    ...(await changeEmails(db, rows, plans)),
  ]);
  const written = plans.filter(({ target_id }) => !taken.has(target_id));
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
  recordAudits(db, rows.actor, written.flatMap(auditEntries));
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

/** Returns an error for the id of each user whose address was taken after the plan. */
async function createUsers(
  db: TenantDb,
  rows: UserRows,
  plans: readonly UserPlan[],
): Promise<Map<string, RowError>> {
  const customs = plans.map((plan) => sealedValues(rows, plan));
  const users = plans.map(({ target_id: id, details, membership }, index) => ({
    id,
    ...details,
    custom: customs[index]!,
    audience: 'customer' as const,
    is_private_customer: membership === null,
  }));
  const ids = await insertUsers(db, users);
  const isTaken = (_: unknown, index: number) => ids[index] === undefined;
  indexValues(
    db,
    rows.fields,
    users.flatMap(({ id, custom }, index) =>
      ids[index] === undefined ? [] : { id, values: custom, is_new: true },
    ),
  );
  const taken = plans.filter(isTaken);
  return new Map(
    taken.map(({ target_id, details }) => [
      target_id,
      { column: 'email', value: details.email, code: 'import_exists' },
    ]),
  );
}

async function writeMemberships(db: TenantDb, plans: readonly UserPlan[]): Promise<void> {
  const planned = plans.flatMap(({ target_id: user_id, membership }) =>
    membership?.hasChanged ? { ...membership, user_id, company_id: membership.company.id } : [],
  );
  const added = planned.filter(({ isNew }) => isNew);
  const kept = planned.filter(({ isNew }) => !isNew);
  await insertMemberships(
    db,
    added.map(({ user_id, company_id, after }) => ({ user_id, company_id, roles: after })),
  );
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
