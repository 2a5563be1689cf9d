import * as z from 'zod';
import { column, pick, selectRow, type Column } from '../../database/columns.ts';
import { isTimeZone } from '../../database/list-filters.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { localeCodes } from '../../locales/locales.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { changedFields } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { phone, text } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';
import type { EmailAddress } from '../text/email-address.ts';
import { nameShape, withNameRules, type NameValues } from './user-name.ts';
import { userColumns, userTarget } from './user.ts';

const profileColumns = {
  ...pick(
    'users',
    'name',
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

export function findProfile(db: TenantDb, userId: string) {
  return selectRow(db.from('users').where({ id: userId }), profileColumns);
}

const profileShape = {
  phone: phone(),
  locale: z.enum(localeCodes, code('invalid')),
  time_zone: text().refine(isTimeZone, code('invalid')),
};
const namedSchema = z.object(profileShape);
const namelessSchema = withNameRules(z.object({ ...nameShape, ...profileShape }), { isOptional: true });

/** Users who have a name cannot change it themselves. */
export function profileSchema({ isNameless }: { isNameless: boolean }) {
  return isNameless ? namelessSchema : namedSchema;
}

type ProfileValues = z.infer<typeof namedSchema> & Partial<NameValues>;

export async function updateProfile(
  db: TenantDb,
  actor: Actor,
  userId: string,
  values: ProfileValues,
): Promise<void> {
  const before = found(await findProfile(db, userId).forUpdate());
  const { phone, locale, time_zone } = values;
  const name = before.name === '' ? givenName(values) : {};
  const changes = changedFields(before, { ...name, phone, locale, time_zone });
  if (Object.keys(changes).length === 0) return;

  await db
    .from('users')
    .where({ id: userId })
    .update({
      ...userColumns({ ...before, ...name, phone }),
      locale,
      time_zone,
      version: db.raw('version + 1'),
      updated_at: db.raw('now()'),
    });
  recordAudit(db, actor, {
    event: 'user.updated',
    target: { type: 'user', id: userId, name: actor.name },
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

/** Does not record the submitted name, because it is not validated. */
export async function recordNameChangeAttempt(
  db: TenantDb,
  actor: Actor,
  user: { id: string; name: string; email: string },
): Promise<void> {
  recordAudit(db, actor, {
    event: 'user.name_change_refused',
    outcome: 'failure',
    target: userTarget(user),
  });
}
