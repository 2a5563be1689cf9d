import { column, pick, selectRow, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

/** The user into whom the one with the former id was merged. */
export function findSurvivor(db: TenantDb, formerId: string) {
  const aliases = db
    .visible('user_aliases as l')
    .join('users as u', { 'u.tenant_id': 'l.tenant_id', 'u.id': 'l.user_id' })
    .where('l.id', formerId);
  return selectRow(aliases, pick('users as u', 'id', 'name', 'email'));
}

/** The former ids of users who were merged into the user. */
export function listFormerIds(db: TenantDb, userId: string) {
  const aliases = db.visible('user_aliases as l').where('l.user_id', userId).orderBy('l.id');
  return selectRows(aliases, { id: column('user_aliases as l', 'id') });
}

/** Former ids of the other user, and then their own, lead to the user. */
export function storeAlias(db: TenantDb, { id, userId }: { id: string; userId: string }): void {
  db.defer({
    text: 'insert into user_aliases (tenant_id, id, user_id) values ($1, $2, $3)',
    values: [db.tenantId, id, userId],
  });
}
