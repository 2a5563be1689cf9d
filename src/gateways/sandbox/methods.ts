import { pick, selectRow } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { MethodFacts } from '../../domain/gateway/gateway.ts';
import { queueEvents } from './events.ts';
import { existing, objectId } from './sandbox-account.ts';
import type { NewMethod } from './test-numbers.ts';

const columns = pick(
  'sandbox_methods',
  'id',
  'customer_id',
  'type',
  'behaviour',
  'brand',
  'last4',
  'exp_month',
  'exp_year',
  'bank_name',
  'is_confirmed',
  'detached_at',
);

/** @throws {GatewayRefused} when there is none */
export async function findMethod(db: TenantDb, gatewayId: string, id: string) {
  const methods = db.from('sandbox_methods').where({ id: objectId(id), gateway_id: gatewayId });
  return existing(await selectRow(methods, columns));
}

export type StoredMethod = Awaited<ReturnType<typeof findMethod>>;

export async function insertMethod(
  db: TenantDb,
  gatewayId: string,
  customerId: string,
  method: NewMethod & { is_confirmed: boolean },
): Promise<string> {
  const id = newId();
  await db.insertInto('sandbox_methods', { id, gateway_id: gatewayId, customer_id: customerId, ...method });
  return id;
}

export function methodFacts(method: StoredMethod): MethodFacts {
  const { type, behaviour, brand, last4, exp_month, exp_year, bank_name, detached_at } = method;
  return {
    type,
    brand,
    last4,
    exp_month,
    exp_year,
    bank_name,
    // One for each test number.
    fingerprint: [type, behaviour, last4].join('-'),
    state: detached_at ? 'gone' : 'active',
  };
}

export async function detachMethod(db: TenantDb, gatewayId: string, id: string): Promise<void> {
  const detached: unknown[] = await db
    .from('sandbox_methods')
    .where({ id: objectId(id), gateway_id: gatewayId, detached_at: null })
    .update({ detached_at: db.raw('now()') })
    .returning('id');
  if (detached.length === 0) return;
  const event = { subject_kind: 'method', subject_id: id, reference: null } as const;
  await queueEvents(db, gatewayId, [{ ...event, type: 'method.detached' }]);
}
