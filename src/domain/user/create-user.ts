import { z } from 'zod';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { customFieldShape } from '../custom-field/custom-field.ts';
import { listCustomFields } from '../custom-field/custom-field-queries.ts';
import { saveCustomFieldValues } from '../custom-field/save-custom-field-values.ts';
import { parseForm, refuse } from '../form/parse-form.ts';
import { changedFields } from '../audit/changed-fields.ts';
import { insertUser } from './insert-user.ts';
import { addressTaken, newUserShape } from './user-form.ts';
import { findUserByEmail } from './user-queries.ts';

/** A customer made by staff. They get no mail: staff tell them, or send one from the page of the new user. */
export async function createUser(db: TenantDb, actor: Actor, input: unknown) {
  const custom = customFieldShape(await listCustomFields(db));
  const parsed = parseForm(z.object({ ...newUserShape, ...custom }), input);
  if (!parsed.ok) return parsed;
  const { first_name, last_name, email, phone } = parsed.values;
  const details = { first_name, last_name, email, phone };

  const id = await insertUser(db, { audience: 'customer', ...details });
  if (id === undefined) return refuse(input, addressTaken(await findUserByEmail(db, 'customer', email)));
  const answers = await saveCustomFieldValues(db, id, parsed.values);
  const name = `${first_name} ${last_name}`;
  await recordAudit(db, actor, {
    event: 'user.created',
    target: { type: 'user', id, name },
    changes: { ...changedFields({}, details), ...answers },
  });
  return { ok: true as const, user: { id, name, email } };
}
