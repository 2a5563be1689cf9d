import * as z from 'zod';
import { column, pick, selectRow, type Column, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import { localeCodes } from '../../locales/locales.ts';
import type { Actor } from '../actor.ts';
import { changedFields } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { customOfUser } from '../custom-field/former-values.ts';
import { objectWithCustomFields, type CustomForm, type ValueRule } from '../custom-field/form-fields.ts';
import { saveCustomValues } from '../custom-field/store-values.ts';
import { address, phone, timeZone } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';
import { cachedSchema } from '../form/schema-cache.ts';
import { addressColumns } from '../text/address.ts';
import type { EmailAddress } from '../text/email-address.ts';
import { contactOf, contactShape, type ContactDetails } from './contact-details.ts';
import { nameShape, withNameRules, type NameValues } from './user-name.ts';
import { userColumns } from './user.ts';

const profileColumns = (db: TenantDb) => ({
  ...pick(
    'users',
    'id',
    'name',
    'first_name',
    'last_name',
    'pending_email',
    'email_verified_at',
    'phone',
    'phone2',
    'alternate_name',
    'alternate_phone',
    'alternate_email',
    'alternate_relation',
    'referral_code',
    'address',
    'locale',
    'time_zone',
    'alerts_of_comments',
    'alerts_of_requests',
    'alerts_of_payments',
    'alerts_of_documents',
  ),
  email: column('users', 'email') as Column<EmailAddress | null>,
  custom: customOfUser(db),
});

export type Profile = RowOf<ReturnType<typeof profileColumns>>;

export function findProfile(db: TenantDb, userId: string) {
  return selectRow(db.from('users').where({ id: userId }), profileColumns(db));
}

const profileSchemaOf = cachedSchema(({ isNameless, rules }: ProfileRules) => {
  const shape = {
    ...contactShape,
    phone: phone(),
    address: address(),
    // Null is the setting of the tenant.
    locale: z.enum(localeCodes, code('invalid')).nullable(),
    time_zone: timeZone().nullable(),
  };
  const nameless = withNameRules(objectWithCustomFields({ ...nameShape, ...shape }, rules), {
    isOptional: true,
  });
  return isNameless ? nameless : objectWithCustomFields(shape, rules);
});

interface ProfileRules {
  isNameless: boolean;
  rules: readonly ValueRule[];
}

/** Users who have a name cannot change it themselves. */
export function profileSchema({ name }: Pick<Profile, 'name'>, { rules }: CustomForm) {
  return profileSchemaOf({ isNameless: name === '', rules });
}

type ProfileValues = Pick<Profile, 'phone' | 'address' | 'locale' | 'time_zone'> &
  ContactDetails &
  Partial<NameValues>;

/** `before` is the locked row. */
export async function updateProfile(
  db: TenantDb,
  actor: Actor,
  before: Profile,
  values: ProfileValues,
  custom: CustomForm,
): Promise<void> {
  const { id } = before;
  const { phone, address, locale, time_zone } = values;
  const contact = contactOf(values);
  const name = before.name === '' ? givenName(values) : {};
  const changes = {
    ...changedFields(before, { ...name, phone, ...contact, address, locale, time_zone }),
    ...saveCustomValues(db, 'user', id, custom, values),
  };
  if (Object.keys(changes).length === 0) return;

  await db
    .from('users')
    .where({ id })
    .update({
      ...userColumns({ ...before, ...name, phone, phone2: contact.phone2 }),
      ...contact,
      ...addressColumns(address),
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

/** Once: later only staff change the name. */
export async function giveName(
  db: TenantDb,
  actor: Actor,
  userId: string,
  values: Partial<NameValues>,
): Promise<void> {
  const name = givenName(values);
  if (!name.first_name) return;
  const before = found(await findProfile(db, userId).forUpdate());
  if (before.name !== '') return;
  const columns = userColumns({ ...before, ...name });
  await db
    .from('users')
    .where({ id: userId })
    .update({ ...columns, version: db.raw('version + 1'), updated_at: db.raw('now()') });
  recordAudit(db, actor, {
    event: 'user.updated',
    target: { type: 'user', id: userId, name: columns.name },
    changes: changedFields(before, name),
  });
}

function givenName({ first_name = null, last_name = null }: Partial<NameValues>) {
  return { first_name, last_name };
}
