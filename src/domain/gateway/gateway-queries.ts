import type { Knex } from 'knex';
import { pick, selectRow, type RowOf } from '../../database/columns.ts';
import { convertRead } from '../../database/in-tenant.ts';
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

/** Of the settings of all gateways: a change of any increases it. */
export async function findSettingsVersion(db: TenantDb): Promise<number> {
  return numberOf(await selectVersion(db));
}

/** The same for a page, which sends it with its other reads. */
export function readSettingsVersion(db: TenantDb) {
  return convertRead(selectVersion(db), numberOf);
}

/** Methods of the active gateway that a customer can be charged with, or soon. */
export async function countUsableMethods(db: TenantDb): Promise<number> {
  return numberOf(await selectUsableMethods(db));
}

/** The same for a page. */
export function readUsableMethods(db: TenantDb) {
  return convertRead(selectUsableMethods(db), numberOf);
}

function selectVersion(db: TenantDb) {
  return selectRow(db.from('gateways'), { number: db.raw<number>('coalesce(max(version), 0)') });
}

function selectUsableMethods(db: TenantDb) {
  const methods = db
    .from('payment_methods as m')
    .join('gateways as g', { 'g.tenant_id': 'm.tenant_id', 'g.id': 'm.gateway_id' })
    .where('g.is_active', true)
    .whereIn('m.status', ['verifying', 'active', 'needs_attention']);
  return selectRow(methods, { number: db.raw<number>('cast(count(*) as int)') });
}

function numberOf(row: { number: number } | undefined): number {
  return row?.number ?? 0;
}

export function joinGateway(events: Knex.QueryBuilder): void {
  void events.join('gateways as g', { 'g.tenant_id': 'e.tenant_id', 'g.id': 'e.gateway_id' });
}
