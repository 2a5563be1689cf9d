import { z } from 'zod';
import type { TenantDb } from '../../database/tenant-db.ts';
import { locales } from '../../locales/locales.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { parseForm, type Form } from '../form/parse-form.ts';
import { changedFields } from '../audit/changed-fields.ts';
import { findProfile } from './find-profile.ts';
import { phone } from '../text/phone-number.ts';
import { userColumns } from './user-columns.ts';

/** What people may change of themselves. The name is not among it: that is the tenant's. */
const profileForm = z.object({
  phone: phone(),
  locale: z.string().refine((code) => Object.hasOwn(locales, code), { error: 'Select a language' }),
  time_zone: z.string().refine(isTimeZone, { error: 'Select a time zone' }),
});

export async function updateProfile(
  db: TenantDb,
  actor: Actor,
  userId: string,
  input: unknown,
): Promise<{ ok: true } | { ok: false; form: Form }> {
  const parsed = parseForm(profileForm, input);
  if (!parsed.ok) return parsed;
  const { values } = parsed;
  const before = (await findProfile(db, userId).forUpdate())!;
  const changes = changedFields(before, values);
  if (Object.keys(changes).length === 0) return { ok: true };

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
  await recordAudit(db, actor, {
    event: 'user.updated',
    target: { type: 'user', id: userId, name: actor.name },
    changes,
  });
  return { ok: true };
}

const nameFields = ['first_name', 'last_name'] as const;

/** Whether a form brings a name along, which none of ours for customers does. */
export function bringsName(body: unknown): boolean {
  return nameFields.some((field) => Object.hasOwn((body ?? {}) as object, field));
}

/** The name stays; that somebody tried is kept. What they typed is not: it may be anything. */
export async function recordNameRefusal(
  db: TenantDb,
  actor: Actor,
  user: { id: string; name: string; email: string },
): Promise<void> {
  await recordAudit(db, actor, {
    event: 'user.name_change_refused',
    outcome: 'failure',
    target: { type: 'user', id: user.id, name: user.name || user.email },
  });
}

function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]+([/_+-][A-Za-z0-9_+-]+)*$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
