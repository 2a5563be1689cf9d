import pg from 'pg';
import { inTenant } from '../src/database/in-tenant.ts';
import { newId } from '../src/database/new-id.ts';
import { systemActor } from '../src/domain/actor.ts';
import { lockAccount } from '../src/domain/billing-account/billing-account.ts';
import { getBilling } from '../src/domain/billing/billing-settings.ts';
import type { ChargeDeps } from '../src/domain/gateway/charge-deps.ts';
import { insertSandbox } from '../src/domain/gateway/gateway-actions.ts';
import { chargePayment } from '../src/domain/payment/charge-payment.ts';
import { startPayment } from '../src/domain/payment/start-payment.ts';
import { insertMethod } from '../src/gateways/sandbox/methods.ts';
import { SandboxGateway } from '../src/gateways/sandbox/sandbox-gateway.ts';
import { cardMethod } from '../src/gateways/sandbox/test-numbers.ts';
import { createLog } from '../src/log.ts';
import { createTenant } from '../test/support/factories.ts';
import type { Bench } from './support/bench.ts';
import { createInvoicedCustomer } from './support/invoiced-customer.ts';
import { eachInLanes, LANES } from './support/lanes.ts';
import { atLeast, formatSamples, type JobResult } from './support/results.ts';
import { interleavedSamples, ratios } from './support/statistics.ts';

/** What a payment stores, with the column that names it. */
const TABLES = {
  payments: 'id',
  payment_invoices: 'payment_id',
  payment_attempts: 'payment_id',
  allocations: 'source_id',
  ledger_entries: 'source_id',
  audit_events: 'target_id',
  emails: `variables->>'payment_id'`,
  sandbox_charges: 'reference',
  sandbox_events: 'reference',
  sandbox_requests: `split_part(key, ':', 1)`,
};

type Row = Record<string, unknown>;

interface Payable {
  account_id: string;
  invoice_id: string;
  method_id: string;
}

const actor = systemActor('Benchmark');

/** Payments by stored cards through the sandbox, beside the inserts of the same rows on bare pg. */
export async function payments(bench: Bench): Promise<JobResult> {
  const tenant = await createTenant(bench);
  const gatewayId = await inTenant(bench.database, tenant.id, insertSandbox);
  const { config, database } = bench;
  const openGateway = () => Promise.resolve(new SandboxGateway({ config, database }, tenant.id, gatewayId));
  const log = createLog('silent');
  const deps: ChargeDeps = { config, database, log, openGateway };
  const count = bench.isQuick ? 40 : 200;
  const lanes = Array.from({ length: LANES });
  const pay = async () => {
    const payable: Payable[] = [];
    for (let n = 0; n < count; n += 1) payable.push(await createPayable(bench, tenant, gatewayId));
    const seconds = await eachInLanes(lanes, payable, (each) => payOne(deps, tenant.id, gatewayId, each));
    return count / seconds;
  };
  await pay();
  const bare = await openBareInserts(bench, tenant.id);
  try {
    const insert = async () => count / (await eachInLanes(lanes, Array.from({ length: count }), bare.insert));
    await insert();
    const samples = await interleavedSamples(bench.rounds, { insert, pay });
    return toResult(samples.insert, samples.pay, bare.rows);
  } finally {
    await bare.close();
  }
}

async function createPayable(
  bench: Bench,
  tenant: Parameters<typeof createInvoicedCustomer>[1]['tenant'],
  gatewayId: string,
): Promise<Payable> {
  const { id } = await createInvoicedCustomer(bench, { tenant, months: 1 });
  const { rows } = await bench.owner.query<{ account_id: string; invoice_id: string }>(
    `select b.id as account_id, i.id as invoice_id from billing_accounts b
     join invoices i on i.tenant_id = b.tenant_id and i.billing_account_id = b.id
     where b.tenant_id = $1 and b.user_id = $2`,
    [tenant.id, id],
  );
  const { account_id, invoice_id } = rows[0]!;
  const [customerId, method_id] = [newId(), newId()];
  const own = { billing_account_id: account_id, gateway_id: gatewayId };
  await inTenant(bench.database, tenant.id, async (db) => {
    const customer = { id: customerId, gateway_id: gatewayId, name: 'Customer', reference: account_id };
    await db.insertInto('sandbox_customers', customer);
    await db.insertInto('gateway_customers', { ...own, external_id: customerId });
    const expiry = { month: 12, year: 2045 };
    const card = cardMethod({ card_number: '4242424242424242', expiry, security_code: '123' });
    const external_id = await insertMethod(db, gatewayId, customerId, { ...card, is_confirmed: true });
    await db.insertInto('payment_methods', {
      id: method_id,
      ...own,
      external_id,
      type: 'card',
      status: 'active',
    });
  });
  return { account_id, invoice_id, method_id };
}

async function payOne(
  deps: ChargeDeps,
  tenantId: string,
  gatewayId: string,
  { account_id, invoice_id, method_id }: Payable,
): Promise<void> {
  const started = await inTenant(deps.database, tenantId, async (db) =>
    startPayment(db, actor, await getBilling(db), {
      account: await lockAccount(db, account_id),
      gateway: { id: gatewayId, service: 'sandbox' },
      invoices: [{ invoice_id, amount_cents: 100_00n }],
      by: { method_id },
      request_key: null,
      started_by: 'customer',
    }),
  );
  if (!started.ok) throw new Error(JSON.stringify(started.errors));
  await chargePayment(deps, tenantId, started.payment_id);
}

/** Inserts the rows of the last payment again, with new ids, in one transaction and round trip for each payment. */
async function openBareInserts({ owner, urls }: Bench, tenantId: string) {
  const sample = await readRows(owner, tenantId);
  for (const table of Object.keys(TABLES))
    await owner.query(`create table if not exists copied_${table} (like ${table} including all)`);
  const pool = new pg.Pool({
    connectionString: urls.superuser,
    max: LANES,
    pipeline: true,
    options: '-c search_path=app',
  });
  const insert = async () => {
    const statements = renewed(sample).map(toStatement);
    const client = await pool.connect();
    try {
      await Promise.all(['begin', ...statements, 'commit'].map((statement) => client.query(statement)));
    } finally {
      client.release();
    }
  };
  const close = async () => {
    await pool.end();
    for (const table of Object.keys(TABLES)) await owner.query(`drop table copied_${table}`);
  };
  return { insert, close, rows: sample.length };
}

interface StoredRow {
  table: string;
  row: Row;
}

async function readRows(owner: pg.Pool, tenantId: string): Promise<StoredRow[]> {
  const { rows: last } = await owner.query<{ id: string }>(
    `select id from payments where tenant_id = $1 and status = 'succeeded' order by id desc limit 1`,
    [tenantId],
  );
  const found: StoredRow[] = [];
  for (const [table, column] of Object.entries(TABLES)) {
    const { rows } = await owner.query<Row>(
      `select * from ${table} where tenant_id = $1 and ${column} = ($2::uuid)${column.endsWith('id') ? '' : '::text'}`,
      [tenantId, last[0]!.id],
    );
    found.push(...rows.map((row) => ({ table, row })));
  }
  return found;
}

function renewed(sample: readonly StoredRow[]): StoredRow[] {
  const ids = new Map(
    sample.flatMap(({ row }) => (typeof row['id'] === 'string' ? [[row['id'], newId()] as const] : [])),
  );
  const renew = (value: unknown) => {
    if (typeof value !== 'string') return value;
    return [...ids].reduce((text, [id, other]) => text.replaceAll(id, other), value);
  };
  return sample.map(({ table, row }) => ({
    table,
    row: Object.fromEntries(Object.entries(row).map(([name, value]) => [name, renew(value)])),
  }));
}

function toStatement({ table, row }: StoredRow): pg.QueryConfig {
  const columns = Object.keys(row);
  const parameters = columns.map((_, n) => `$${n + 1}`);
  const isJson = (value: unknown) => value !== null && Object.getPrototypeOf(value) === Object.prototype;
  return {
    name: `insert into ${table}`,
    text: `insert into copied_${table} (${columns.join(', ')}) values (${parameters.join(', ')})`,
    values: Object.values(row).map((value) => (isJson(value) ? JSON.stringify(value) : value)),
  };
}

function toResult(inserts: readonly number[], paid: readonly number[], rows: number): JobResult {
  const ratio = ratios(paid, inserts);
  return {
    title:
      'Payments by stored cards through the sandbox, relative to the inserts of the same rows on bare pg',
    figures: [{ name: 'payments, of bare inserts', unit: '', samples: ratio, goal: atLeast(0.05, 0.1) }],
    columns: ['what', 'per second', 'ratio'],
    rows: [
      [`inserts of ${rows} rows`, formatSamples(inserts), formatSamples(inserts.map(() => 1))],
      ['payments', formatSamples(paid), formatSamples(ratio)],
    ],
    notes: [
      'A payment is started, created, confirmed and settled, in transactions of its own; the sandbox has others.',
    ],
  };
}
