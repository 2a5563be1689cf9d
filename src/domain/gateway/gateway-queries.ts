import { pick, selectRow, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

const columns = pick(
  'gateways',
  'id',
  'service',
  'mode',
  'sealed_secret_key',
  'sealed_webhook_secrets',
  'is_active',
  'version',
  'updated_at',
);

export type GatewayRow = RowOf<typeof columns>;

/** The one that new payments use; undefined if customers pay in another way. */
export function findActiveGateway(db: TenantDb) {
  return selectRow(db.from('gateways').where('is_active', true), columns);
}

/** Also a former one. */
export function findGateway(db: TenantDb, id: string) {
  return selectRow(db.from('gateways').where({ id }), columns);
}
