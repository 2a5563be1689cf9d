import * as z from 'zod';
import { column, pick, selectRow, type Column } from '../../database/columns.ts';
import { isTimeZone } from '../../database/list-filters.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { localeCodes } from '../../locales/locales.ts';
import type { Actor } from '../actor.ts';
import { changedFields } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { phone, text } from '../form/fields.ts';
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
  time_zone: text().refine(isTimeZone, code('invalid')),
});

export async function updateProfile(
  db: TenantDb,
  actor: Actor,
  userId: string,
  values: z.infer<typeof profileSchema>,
): Promise<void> {
  const before = (await findProfile(db, userId).forUpdate())!;
  const changes = changedFields(before, values);
  if (Object.keys(changes).length === 0) return;

  await db
    .from('users')
    .where({ id: userId })
    .update({
      ...userColumns({ ...before, phone: values.phone }),
      locale: values.locale,
      time_zone: values.time_zone,
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
