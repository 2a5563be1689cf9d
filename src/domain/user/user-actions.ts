import { z } from 'zod';
import { newId } from '../../database/new-id.ts';
import { type TenantDb, catchUniqueViolation } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { changedFields } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { listCustomFields, listCustomFieldsWithValues } from '../custom-field/custom-field-queries.ts';
import { saveCustomFieldValues } from '../custom-field/custom-field-values.ts';
import { customFieldShape, customFieldName } from '../custom-field/custom-field.ts';
import { parseForm, refuse, type FieldError } from '../form/parse-form.ts';
import { applyStaffEmailChange } from './change-email.ts';
import { emailTakenError, newUserShape, changedUserShape, missingNamePartError } from './user-form.ts';
import { findUserByEmail, findUserForUpdate, listUserHistory, type User } from './user-queries.ts';
import { displayName, userColumns, userTarget, type UserDetails } from './user.ts';

/** Sends no email: staff choose on the new user's page how to inform the customer. */
export async function createUser(db: TenantDb, actor: Actor, input: unknown) {
  const custom = customFieldShape(await listCustomFields(db));
  const parsed = parseForm(z.object({ ...newUserShape, ...custom }), input);
  if (!parsed.ok) return parsed;
  const { first_name, last_name, email, phone } = parsed.values;
  const details = { first_name, last_name, email, phone };

  const id = await insertUser(db, { audience: 'customer', is_private_customer: true, ...details });
  if (id === undefined) return refuse(input, emailTakenError(await findUserByEmail(db, 'customer', email)));
  const customChanges = await saveCustomFieldValues(db, id, parsed.values);
  const user = { id, name: `${first_name} ${last_name}`, email };
  await recordAudit(db, actor, {
    event: 'user.created',
    target: userTarget(user),
    changes: { ...changedFields({}, details), ...customChanges },
  });
  return { ok: true as const, user };
}

/** Returns an error at `version` if the user was changed after the form was rendered. @throws {NotFound} */
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
  const changed = { id, name: displayName(columns), email: columns.email };
  const hasNewEmail = columns.email !== user.email;
  if (Object.keys(changes).length === 0)
    return { ok: true as const, user: changed, hasChanged: false, hasNewEmail };

  const isFree = await catchUniqueViolation(db, () => updateRow(db, id, columns));
  if (!isFree) return refuse(input, emailTakenError(await findUserByEmail(db, 'customer', email)));
  await recordAudit(db, actor, { event: 'user.updated', target: userTarget(changed), changes });
  if (hasNewEmail) await applyStaffEmailChange(db, actor, user, changed);
  return { ok: true as const, user: changed, hasChanged: true, hasNewEmail };
}

export interface NewUser extends UserDetails {
  audience: 'customer' | 'staff';
  /** True for a customer who is created outside a company. */
  is_private_customer: boolean;
  locale?: string | null;
}

/** Returns undefined if a user of the audience has the address. */
export async function insertUser(db: TenantDb, user: NewUser): Promise<string | undefined> {
  const inserted = await db
    .insertInto('users', {
      id: newId(),
      audience: user.audience,
      is_private_customer: user.is_private_customer,
      locale: user.locale ?? null,
      ...userColumns(user),
    })
    .onConflict(['tenant_id', 'audience', 'email_norm'])
    .ignore()
    .returning('id');
  return inserted[0]?.id;
}

async function parseChanges(db: TenantDb, user: User, input: unknown) {
  const fields = await listCustomFieldsWithValues(db, user.id);
  const stored = Object.fromEntries(fields.map((field) => [customFieldName(field), field.value ?? '']));
  const shape = changedUserShape({ isNameOptional: user.name === '' });
  const parsed = parseForm(z.object({ ...shape, ...customFieldShape(fields, stored) }), input);
  if (!parsed.ok) return parsed;
  if (parsed.values.version !== user.version) return refuse(input, { version: await versionError(db, user) });
  const nameError = missingNamePartError(parsed.values);
  return nameError ? refuse(input, nameError) : parsed;
}

async function updateRow(db: TenantDb, id: string, columns: object): Promise<void> {
  await db
    .from('users')
    .where({ id })
    .update({ ...columns, version: db.raw('version + 1'), updated_at: db.raw('now()') });
}

async function versionError(db: TenantDb, user: User): Promise<FieldError> {
  const [latest] = await listUserHistory(db, user.id).where('e.event', 'user.updated');
  return {
    text: '{who} changed {user} meanwhile. Your entries are kept below, with what is there now beside them. Check them and save again.',
    params: { who: latest?.actor_name ?? 'Someone', user: displayName(user) },
  };
}
