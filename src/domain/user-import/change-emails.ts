import type { TenantDb } from '../../database/tenant-db.ts';
import { applyStaffEmailChanges } from '../user/change-email.ts';
import { userColumns } from '../user/user.ts';
import type { PlannedDetails, UserPlan } from './plan-users.ts';
import type { RowError } from '../import/row.ts';
import type { UserRows } from './user-row-context.ts';

/**
 * Gives stored people without a login another address, as on their page. Returns an error for the id of each whose new
 * address was taken after the plan. The other columns are written later.
 */
export async function changeEmails(
  db: TenantDb,
  { actor }: UserRows,
  plans: readonly UserPlan[],
): Promise<Map<string, RowError>> {
  const changed = plans.flatMap(({ stored, details, target_id, target_name, changes }) =>
    stored && 'email' in changes ? [{ stored, details, id: target_id, name: target_name }] : [],
  );
  const taken = await storeEmails(db, changed);
  const applied = changed.filter(({ id }) => !taken.has(id));
  await applyStaffEmailChanges(
    db,
    actor,
    applied.map(({ stored, details: { email }, id, name }) => ({
      before: { ...stored, audience: 'customer' },
      after: { id, name, email },
    })),
  );
  return new Map(
    changed
      .filter(({ id }) => taken.has(id))
      .map(({ id, details }) => [
        id,
        { column: 'email', value: details.email ?? '', code: 'import_exists' } as const,
      ]),
  );
}

interface NewEmail {
  id: string;
  details: PlannedDetails;
}

const UPDATE_EMAILS = `
  update users u set email = r.email, email_norm = r.email_norm, email_order = r.email_order
  from jsonb_to_recordset(?::jsonb) as r (id uuid, email text, email_norm text, email_order text)
  where u.tenant_id = ? and u.id = r.id`;

/** Returns the ids of those whose address another customer has. */
export async function storeEmails(db: TenantDb, people: readonly NewEmail[]): Promise<Set<string>> {
  if (people.length === 0 || (await areStored(db, people))) return new Set();
  // The statement does not say whose address is taken.
  const taken = new Set<string>();
  for (const each of people) if (!(await areStored(db, [each]))) taken.add(each.id);
  return taken;
}

/** All of them or, if one of the addresses is taken, none. */
function areStored(db: TenantDb, people: readonly NewEmail[]): Promise<boolean> {
  const rows = people.map(({ id, details }) => {
    const { email, email_norm, email_order } = userColumns(details);
    return { id, email, email_norm, email_order };
  });
  return db.catchUniqueViolation(() => db.raw(UPDATE_EMAILS, [JSON.stringify(rows), db.tenantId]));
}
