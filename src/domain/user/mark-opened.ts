import type { TenantDb } from '../../database/tenant-db.ts';

/**
 * Somebody invited has sent a form from behind their link. Looking at the page is not enough: mail scanners do that
 * too.
 */
export async function markOpened(db: TenantDb, userId: string): Promise<void> {
  await db
    .from('users')
    .where({ id: userId, access: 'invited' })
    .update({ access: 'opened', updated_at: db.raw('now()') });
}
