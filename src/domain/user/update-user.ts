import { z } from 'zod';
import { type TenantDb, catchUniqueViolation } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { changedFields } from '../audit/changed-fields.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { listAnsweredCustomFields } from '../custom-field/custom-field-queries.ts';
import { customFieldName, customFieldShape } from '../custom-field/custom-field.ts';
import { saveCustomFieldValues } from '../custom-field/save-custom-field-values.ts';
import { parseForm, refuse, type FieldError } from '../form/parse-form.ts';
import { leaveAddress } from './leave-address.ts';
import { userColumns } from './user-columns.ts';
import { addressTaken, changedUserShape, missingNamePart } from './user-form.ts';
import { findUserByEmail, findUserForUpdate, listUserHistory, type User } from './user-queries.ts';

/**
 * Changes what staff may change. A form that was drawn before somebody else's change is refused whole, with an error
 * at `version`: its page then shows what was typed beside what there is now.
 *
 * @throws {NotFound} where the tenant has no such customer
 */
export async function updateUser(db: TenantDb, actor: Actor, id: string, input: unknown) {
  const user = found(await findUserForUpdate(db, id));
  const parsed = await parseChanges(db, user, input);
  if (!parsed.ok) return parsed;
  const { first_name, last_name, email, phone, locale } = parsed.values;
  const columns = { ...userColumns({ first_name, last_name, email, phone }), locale };
  const changes = {
    ...changedFields(user, { first_name, last_name, email: columns.email, phone, locale }),
    ...(await saveCustomFieldValues(db, id, parsed.values)),
  };
  const changed = { id, name: columns.name || columns.email, email: columns.email };
  const hasMoved = columns.email !== user.email;
  if (Object.keys(changes).length === 0)
    return { ok: true as const, user: changed, hasChanged: false, hasMoved };

  const isFree = await catchUniqueViolation(db, () => save(db, id, columns));
  if (!isFree) return refuse(input, addressTaken(await findUserByEmail(db, 'customer', email)));
  const target = { type: 'user', id, name: changed.name } as const;
  await recordAudit(db, actor, { event: 'user.updated', target, changes });
  if (hasMoved) await leaveAddress(db, actor, user, changed);
  return { ok: true as const, user: changed, hasChanged: true, hasMoved };
}

async function parseChanges(db: TenantDb, user: User, input: unknown) {
  const fields = await listAnsweredCustomFields(db, user.id);
  const stored = Object.fromEntries(fields.map((field) => [customFieldName(field), field.value ?? '']));
  const shape = changedUserShape({ mayBeNameless: user.name === '' });
  const parsed = parseForm(z.object({ ...shape, ...customFieldShape(fields, stored) }), input);
  if (!parsed.ok) return parsed;
  if (parsed.values.version !== user.version)
    return refuse(input, { version: await changedMeanwhile(db, user) });
  const half = missingNamePart(parsed.values);
  return half ? refuse(input, half) : parsed;
}

async function save(db: TenantDb, id: string, columns: object): Promise<void> {
  await db
    .from('users')
    .where({ id })
    .update({ ...columns, version: db.raw('version + 1'), updated_at: db.raw('now()') });
}

async function changedMeanwhile(db: TenantDb, { id, name, email }: User): Promise<FieldError> {
  const [latest] = await listUserHistory(db, id).where('e.event', 'user.updated');
  return {
    text: '{who} changed {user} meanwhile. Your entries are kept below, with what is there now beside them. Check them and save again.',
    params: { who: latest?.actor_name ?? 'Somebody', user: name || email },
  };
}
