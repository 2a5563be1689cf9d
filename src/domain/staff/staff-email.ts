import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { refuse, type Form } from '../form/parse-form.ts';
import { tokenLifetimes } from '../token/mint-token.ts';
import { markInvited } from '../user/mark-invited.ts';
import { queueByHand } from '../user/queue-by-hand.ts';
import { findStaffForUpdate, type Staff } from './staff-queries.ts';

/** The mail that lets one of the staff in: to a first password, or to a new one. */
export function wayIn({ has_password }: Pick<Staff, 'has_password'>): 'setPassword' | 'resetPassword' {
  return has_password ? 'resetPassword' : 'setPassword';
}

type Sent = { ok: true; person: Staff; template: ReturnType<typeof wayIn> } | { ok: false; form: Form };

/** @throws {NotFound} where the tenant has no such member of staff */
export async function sendStaffEmail(db: TenantDb, actor: Actor, id: string): Promise<Sent> {
  const person = found(await findStaffForUpdate(db, id));
  const params = { user: person.name || person.email };
  if (person.status === 'disabled')
    return refuse({}, { login: { text: '{user} is disabled. Enable the login first.', params } });

  const template = wayIn(person);
  await queueWayIn(db, actor, person, template);
  return { ok: true, person, template };
}

/** To a new colleague, too, whose row was made in this transaction. */
export async function queueWayIn(
  db: TenantDb,
  actor: Actor,
  user: { id: string; name: string; email: string },
  template: ReturnType<typeof wayIn>,
): Promise<void> {
  await queueByHand(db, actor, { user, audience: 'staff', template });
  // Customers ask for this mail themselves; for staff it is their invitation.
  if (template === 'setPassword')
    await markInvited(db, user.id, new Date(Date.now() + tokenLifetimes.set_password * 1000));
}
