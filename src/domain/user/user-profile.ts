import * as z from 'zod';
import { column, pick, selectRow, type Column } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { localeCodes } from '../../locales/locales.ts';
import type { Actor } from '../actor.ts';
import { changedFields } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { phone, timeZone } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';
import type { EmailAddress } from '../text/email-address.ts';
import { userColumns, userTarget } from './user.ts';

const profileColumns = {
  ...pick(
    'users',
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

/** Without the name, which only staff may change. */
export const profileSchema = z.object({
  phone: phone(),
  locale: z.enum(localeCodes, code('invalid')),
});

export const timeZoneSchema = z.object({ time_zone: timeZone() });

type ProfileValues = z.infer<typeof profileSchema> & z.infer<typeof timeZoneSchema>;

/** Changes only the given fields. */
export async function updateProfile(
  db: TenantDb,
  actor: Actor,
  userId: string,
  values: Partial<ProfileValues>,
): Promise<void> {
  const before = (await findProfile(db, userId).forUpdate())!;
  const changes = changedFields(before, values);
  if (Object.keys(changes).length === 0) return;

  await db
    .from('users')
    .where({ id: userId })
    .update({
      ...userColumns({ ...before, ...values }),
      locale: values.locale ?? before.locale,
      time_zone: values.time_zone ?? before.time_zone,
      version: db.raw('version + 1'),
      updated_at: db.raw('now()'),
    });
  recordAudit(db, actor, {
    event: 'user.updated',
    target: { type: 'user', id: userId, name: actor.name },
    changes,
  });
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
