import * as z from 'zod';
import { column, pick, selectRow, type Column, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { localeCodes } from '../../locales/locales.ts';
import type { Actor } from '../actor.ts';
import { changedFields } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { CustomFieldWithValue } from '../custom-field/custom-field-queries.ts';
import { saveCustomFieldValues } from '../custom-field/custom-field-values.ts';
import {
  customFieldShape,
  changedValueRules,
  type CustomFieldValues,
  type ValueRule,
} from '../custom-field/custom-field.ts';
import { phone, timeZone } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';
import { cachedSchema } from '../form/schema-cache.ts';
import type { EmailAddress } from '../text/email-address.ts';
import { userColumns } from './user.ts';

const profileColumns = {
  ...pick(
    'users',
    'id',
    'first_name',
    'last_name',
    'pending_email',
    'email_verified_at',
    'phone',
    'locale',
    'time_zone',
  ),
  email: column('users', 'email') as Column<EmailAddress>,
};

export type Profile = RowOf<typeof profileColumns>;

export function findProfile(db: TenantDb, userId: string) {
  return selectRow(db.from('users').where({ id: userId }), profileColumns);
}

const profileSchemaOf = cachedSchema((rules: readonly ValueRule[]) =>
  z.object({
    phone: phone(),
    // Null is the setting of the tenant.
    locale: z.enum(localeCodes, code('invalid')).nullable(),
    time_zone: timeZone().nullable(),
    ...customFieldShape(rules),
  }),
);

/** Without the name, which only staff may change. */
export function profileSchema(missingFields: readonly CustomFieldWithValue[]) {
  return profileSchemaOf(changedValueRules(missingFields));
}

type ProfileValues = z.infer<ReturnType<typeof profileSchema>> & CustomFieldValues;

/** `before` is the locked row. */
export async function updateProfile(
  db: TenantDb,
  actor: Actor,
  before: Profile,
  values: ProfileValues,
  missingFields: readonly CustomFieldWithValue[],
): Promise<void> {
  const { id } = before;
  const { phone, locale, time_zone } = values;
  const changes = {
    ...changedFields(before, { phone, locale, time_zone }),
    ...saveCustomFieldValues(db, id, missingFields, values),
  };
  if (Object.keys(changes).length === 0) return;

  await db
    .from('users')
    .where({ id })
    .update({
      ...userColumns({ ...before, phone }),
      locale,
      time_zone,
      version: db.raw('version + 1'),
      updated_at: db.raw('now()'),
    });
  recordAudit(db, actor, {
    event: 'user.updated',
    target: { type: 'user', id, name: actor.name },
    changes,
  });
}
