import type { TenantDb } from '../../database/tenant-db.ts';
import { recomputeRentingOf } from '../rental/renting.ts';
import type { MergedUsers } from './merge-accounts.ts';
import { mergeRules, referencesWith } from './merge-rules.ts';

/** Everything that refers to the other user refers to the user afterwards, except accounts and custom values. */
export function moveReferences(db: TenantDb, users: MergedUsers): void {
  closeNameRequest(db, users);
  for (const [table, column] of referencesWith(mergeRules, 'moved'))
    runFor(db, users, `update ${table} set ${column} = $3 where tenant_id = $1 and ${column} = $2`);
  db.defer({ text: 'select move_appended_rows($1, $2)', values: [users.other.id, users.user.id] });
  for (const statement of unitedRows) runFor(db, users, statement);
  // With a membership go the assignments of roles that both have.
  for (const [table, column] of [['memberships', 'user_id'], ...referencesWith(mergeRules, 'removed')])
    db.defer({
      text: `delete from ${table} where tenant_id = $1 and ${column} = $2`,
      values: [db.tenantId, users.other.id],
    });
  recomputeRentingOf(db, [users.user.id]);
}

/** A user has at most one open request to change the name: that of the user stays. */
function closeNameRequest(db: TenantDb, users: MergedUsers): void {
  runFor(
    db,
    users,
    `update requests r set status = 'cancelled', version = version + 1
     where r.tenant_id = $1 and r.user_id = $2 and r.kind = 'name_change' and r.status = 'requested'
       and exists (select from requests o where o.tenant_id = $1 and o.user_id = $3
         and o.kind = 'name_change' and o.status = 'requested')`,
  );
}

const unitedRows = [
  `insert into memberships (tenant_id, company_id, user_id, created_at)
     select m.tenant_id, m.company_id, $3, m.created_at from memberships m where m.tenant_id = $1 and m.user_id = $2
   on conflict (tenant_id, company_id, user_id) do update set created_at = least(memberships.created_at, excluded.created_at)`,
  `update role_assignments a set user_id = $3
   where a.tenant_id = $1 and a.user_id = $2 and not exists (
     select from role_assignments o where o.tenant_id = $1 and o.user_id = $3 and o.role_id = a.role_id
       and o.company_id is not distinct from a.company_id)`,
  `update user_labels l set user_id = $3
   where l.tenant_id = $1 and l.user_id = $2 and not exists (
     select from user_labels o where o.tenant_id = $1 and o.user_id = $3 and o.label_id = l.label_id)`,
  `update bulk_results b set user_id = $3
   where b.tenant_id = $1 and b.user_id = $2 and not exists (
     select from bulk_results o where o.tenant_id = $1 and o.user_id = $3 and o.task_id = b.task_id)`,
];

/** $1 is the tenant, $2 the other user, $3 the user. */
function runFor(db: TenantDb, { user, other }: MergedUsers, text: string): void {
  db.defer({ text, values: [db.tenantId, other.id, user.id] });
}
