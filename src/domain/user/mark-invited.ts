import type { TenantDb } from '../../database/tenant-db.ts';

/** Somebody who has been sent a way in and has not taken it; `expires_at` is null where it never ends. */
export async function markInvited(db: TenantDb, userId: string, expires_at: Date | null): Promise<void> {
  await db
    .from('users')
    .where({ id: userId })
    .whereNot({ access: 'active' })
    .whereNull('password_hash')
    .update({ access: 'invited', access_expires_at: expires_at, updated_at: new Date() });
}

/** The way in came back: there is nobody at that address. */
export async function markBounced(db: TenantDb, userId: string): Promise<void> {
  await db
    .from('users')
    .where({ id: userId, access: 'invited' })
    .update({ access: 'bounced', access_expires_at: null, updated_at: new Date() });
}
