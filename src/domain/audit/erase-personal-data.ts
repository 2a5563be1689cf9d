import type { PlatformDb } from '../../database/as-platform.ts';
import { pick, selectRow, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { listFormerIds } from '../user-merge/user-alias.ts';
import type { Actor } from '../actor.ts';
import { parseEmailAddress } from '../text/email-address.ts';
import { recordAudit } from './record-audit.ts';

/**
 * Must run before the user and their emails are erased. An event that is inserted after the start of this
 * transaction is not erased.
 */
export async function eraseAuditPersonalData(
  db: PlatformDb,
  actor: Actor,
  tenantId: string,
  userId: string,
): Promise<void> {
  const tenantDb = db.tenant(tenantId);
  const emails = (await listEmailsTo(tenantDb, userId)).map(({ id }) => id);
  // Recorded first, so that it is erased too if users erase their own data.
  recordAudit(tenantDb, actor, {
    event: 'user.personal_data_erased',
    target: { type: 'user', id: userId, name: null },
    ...(emails.length > 0 && { changes: { emails } }),
  });
  for (const id of await listIds(tenantDb, userId))
    await db.raw('select app.erase_audit_personal_data(?, ?, ?::uuid[])', [tenantId, id, emails]);
}

/** Of the user and of those who were merged into them. */
async function listIds(db: TenantDb, userId: string): Promise<string[]> {
  return [userId, ...(await listFormerIds(db, userId)).map(({ id }) => id)];
}

/** Includes emails that an anonymous user requested with an address that the user has or had. */
async function listEmailsTo(db: TenantDb, userId: string): Promise<{ id: string }[]> {
  const addresses = await listAddresses(db, userId);
  const emails = db
    .from('emails')
    .where((to) =>
      to.where({ user_id: userId }).orWhere((by) => by.whereNull('user_id').whereIn('to_address', addresses)),
    );
  return selectRows(emails, pick('emails', 'id'));
}

async function listAddresses(db: TenantDb, userId: string): Promise<string[]> {
  const user = await selectRow(
    db.from('users').where({ id: userId }),
    pick('users', 'email_norm', 'pending_email'),
  );
  const emails = await selectRows(
    db.from('emails').where({ user_id: userId }).distinct(),
    pick('emails', 'to_address'),
  );
  const changes = await selectRows(
    db
      .from('audit_events')
      .where({ target_type: 'user' })
      .whereIn('target_id', await listIds(db, userId))
      .whereRaw(`jsonb_typeof(changes -> 'email') = 'array'`),
    { addresses: db.raw<unknown[]>(`changes -> 'email'`) },
  );
  const known = [user?.email_norm, user?.pending_email, ...emails.map(({ to_address }) => to_address)];
  const texts = [...known, ...changes.flatMap(({ addresses }) => addresses)];
  return [...new Set(texts.flatMap((text) => (typeof text === 'string' && parseEmailAddress(text)) || []))];
}
