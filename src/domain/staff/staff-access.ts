import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { refuse, type Form } from '../form/parse-form.ts';
import { closeLogin, openLogin } from '../user/user-actions.ts';
import { isLastManager, lastManager, lockManagers } from './last-manager.ts';
import { findStaffForUpdate, type Staff } from './staff-queries.ts';

/**
 * One of the staff is let in no more: sign-ins and mailed links end at once. Doing it twice is doing it once.
 *
 * @throws {NotFound} where the tenant has no such member of staff
 */
export async function disableStaff(
  db: TenantDb,
  actor: Actor,
  id: string,
): Promise<{ ok: true; person: Staff } | { ok: false; form: Form }> {
  const managerId = await lockManagers(db);
  const person = found(await findStaffForUpdate(db, id));
  if (id === actor.id) return refuse({}, { login: { text: 'You cannot disable your own login' } });
  if (await isLastManager(db, managerId, person)) return refuse({}, { login: lastManager(person) });
  await closeLogin(db, actor, person);
  return { ok: true, person };
}

/** @throws {NotFound} where the tenant has no such member of staff */
export async function enableStaff(db: TenantDb, actor: Actor, id: string): Promise<Staff> {
  const person = found(await findStaffForUpdate(db, id));
  await openLogin(db, actor, person);
  return person;
}
