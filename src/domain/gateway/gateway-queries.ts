import type { Knex } from 'knex';
import { column, nullable, pick, selectRow, type RowOf } from '../../database/columns.ts';
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

/** Methods that a customer can be charged with, or soon. */
export async function countUsableMethods(db: TenantDb, gatewayId: string): Promise<number> {
  return numberOf(await selectUsableMethods(db, gatewayId));
}

/** The same for a page. */
export function readUsableMethods(db: TenantDb, gatewayId: string) {
  return convertRead(selectUsableMethods(db, gatewayId), numberOf);
}

function selectVersion(db: TenantDb) {
  return selectRow(db.from('gateways'), { number: db.raw<number>('coalesce(max(version), 0)') });
}

function selectUsableMethods(db: TenantDb, gatewayId: string) {
  const methods = db
    .from('payment_methods')
    .where({ gateway_id: gatewayId })
    .whereIn('status', ['verifying', 'active', 'needs_attention']);
  return selectRow(methods, { number: db.raw<number>('cast(count(*) as int)') });
}

function numberOf(row: { number: number } | undefined): number {
  return row?.number ?? 0;
}

/** What customers are told about paying. The mode is null without a payment service. */
export function findWayToPay(db: TenantDb) {
  const settings = db
    .from('billing_settings as s')
    .leftJoin('gateways as g', (on) =>
      on.on('g.tenant_id', 's.tenant_id').andOn('g.is_active', db.raw('true')),
    );
  return selectRow(settings, {
    ...pick('billing_settings as s', 'bank_details'),
    gateway_mode: nullable(column('gateways as g', 'mode')),
  });
}

export function joinGateway(events: Knex.QueryBuilder): void {
  void events.join('gateways as g', { 'g.tenant_id': 'e.tenant_id', 'g.id': 'e.gateway_id' });
}
