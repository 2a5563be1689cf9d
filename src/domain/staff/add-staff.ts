import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { parseForm, refuse, type Form } from '../form/parse-form.ts';
import { findChosenRoles, namesOf, unknownRole } from '../role/chosen-roles.ts';
import { changedFields } from '../audit/changed-fields.ts';
import { insertUser } from '../user/insert-user.ts';
import { findUserByEmail } from '../user/user-queries.ts';
import { queueWayIn } from './staff-email.ts';
import { newStaffForm, staffAddressTaken } from './staff-form.ts';
import { giveStaffRoles } from './staff-roles.ts';

type Added = { ok: true; person: { id: string; name: string; email: string } } | { ok: false; form: Form };

/** A new colleague, who is sent a link to choose a password. */
export async function addStaff(db: TenantDb, actor: Actor, input: unknown): Promise<Added> {
  const parsed = parseForm(newStaffForm, input);
  if (!parsed.ok) return parsed;
  const { first_name, last_name, email } = parsed.values;
  const roles = await findChosenRoles(db, 'staff', parsed.values.roles);
  if (!roles) return refuse(parsed.values, { roles: unknownRole });

  const id = await insertUser(db, { audience: 'staff', first_name, last_name, email, phone: null });
  if (id === undefined)
    return refuse(parsed.values, staffAddressTaken(await findUserByEmail(db, 'staff', email)));
  const person = { id, name: `${first_name} ${last_name}`, email };
  await giveStaffRoles(db, id, roles);
  await recordAudit(db, actor, {
    event: 'user.created',
    target: { type: 'user', id, name: person.name },
    changes: { ...changedFields({}, { first_name, last_name, email }), roles: [[], namesOf(roles)] },
  });
  await queueWayIn(db, actor, person, 'setPassword');
  return { ok: true, person };
}
