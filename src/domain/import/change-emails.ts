import type { TenantDb } from '../../database/tenant-db.ts';
import { applyStaffEmailChange } from '../user/change-email.ts';
import { userColumns } from '../user/user.ts';
import type { PlannedDetails, UserPlan } from './plan-users.ts';
import type { RowError } from './row.ts';
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
  const taken = new Map<string, RowError>();
  for (const { stored, details, target_id, target_name, changes } of plans) {
    if (!stored || !('email' in changes)) continue;
    if (!(await storeEmail(db, target_id, details))) {
      taken.set(target_id, { column: 'email', value: details.email ?? '', code: 'import_exists' });
      continue;
    }
    const user = { ...stored, audience: 'customer' as const };
    await applyStaffEmailChange(db, actor, user, { id: target_id, name: target_name, email: details.email });
  }
  return taken;
}

/** Returns false if another customer has the address. */
export function storeEmail(db: TenantDb, id: string, details: PlannedDetails): Promise<boolean> {
  const { email, email_norm, email_order } = userColumns(details);
  return db.catchUniqueViolation(() =>
    db.from('users').where({ id }).update({ email, email_norm, email_order }),
  );
}
