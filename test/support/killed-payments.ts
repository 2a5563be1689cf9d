import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { openAccount } from '../../src/domain/billing-account/billing-account.ts';
import { verifyLedger } from '../../src/domain/ledger/verify-ledger.ts';
import { issueCreditNote } from '../../src/domain/invoice/credit-note.ts';
import { openPage } from '../../src/domain/payment/open-payment-page.ts';
import { requestRefunds } from '../../src/domain/payment/refund-payment.ts';
import { startPayment } from '../../src/domain/payment/start-payment.ts';
import { chargeDeps } from '../../src/gateways/charge-deps.ts';
import { createCompany, createTenant } from './factories.ts';
import { BANK_ACCOUNTS, CARDS, type TestSandbox } from './gateway.ts';
import { KilledPortal } from './killed-portal.ts';
import { findViolations } from './money-invariants.ts';
import { billingActor, TestAccount } from './money.ts';
import type { TestPortal } from './portal.ts';
import { sql } from './rows.ts';
import { addCard, sandboxOf } from './stored-cards.ts';

export type Delivery = 'now' | 'delay' | 'twice' | 'out-of-order' | 'never';

export const deliveries: readonly Delivery[] = ['now', 'delay', 'twice', 'out-of-order', 'never'];

const AMOUNT = 120_00n;

/** Where the process is killed, in the order of the calls. */
export const killPoints = {
  'before the charge is created': killBeforeCreate,
  'before the id of the charge is stored': killBeforeId,
  'before the charge is confirmed': killBeforeConfirmation,
  'before the confirmed charge is settled': killBeforeSettlement,
  'before the refund is sent': killBeforeRefund,
  'before the refund is stored': killBeforeRefundIsStored,
  'before the completed page is settled': killBeforePageIsSettled,
  'while the event of a debit is processed': killInEvent,
} as const satisfies Record<string, (world: World) => Promise<void>>;

export type KillPoint = keyof typeof killPoints;

interface World {
  portal: TestPortal;
  killed: KilledPortal;
  account: TestAccount;
  sandbox: TestSandbox;
  invoiceId: string;
  /** How the events of the last change before the kill arrive. */
  delivery: Delivery;
}

/** Defines one test: a process is killed at the point, another one goes on, and all money moved once. */
export function itMovesMoneyOnce(get: () => TestPortal, point: KillPoint, delivery: Delivery): void {
  it(`moves money once when its process is killed ${point}, with the events ${delivery}`, async function () {
    this.timeout(120_000);
    const world = await createWorld(get(), delivery);
    try {
      await killPoints[point](world);
      await finish(world);
      await expectOnce(world, point.includes('refund'));
    } finally {
      await world.killed.close();
    }
  });
}

async function createWorld(portal: TestPortal, delivery: Delivery): Promise<World> {
  const tenant = await createTenant(portal);
  const account = new TestAccount(portal, tenant, await createCompany(portal, tenant));
  await sql(portal, `update companies set billing_emails = '{billing@example.com}' where id = $1`, [
    account.company.id,
  ]);
  const sandbox = await sandboxOf(account);
  const { id: invoiceId } = await account.issue(AMOUNT);
  return { portal, killed: new KilledPortal(portal), account, sandbox, invoiceId, delivery };
}

/** The worker of the process goes on with it, as after a kill between the start and the first call. */
async function start({ portal, account, sandbox, invoiceId }: World, by: { number: string } | 'page') {
  const method_id = by === 'page' ? '' : await addCard(account, { number: by.number });
  const started = await account.run(async (db, billing) =>
    startPayment(db, billingActor, billing, {
      account: await openAccount(db, account.owner, billing.currency),
      gateway: { id: sandbox.id, service: 'sandbox' },
      invoices: [{ invoice_id: invoiceId, amount_cents: AMOUNT }],
      by: by === 'page' ? 'page' : { method_id },
      request_key: null,
      started_by: 'customer',
    }),
  );
  if (!started.ok) throw new Error(JSON.stringify(started.errors));
  await makeDue(portal, account.tenant.id);
  return started.payment_id;
}

async function deliverAs({ sandbox, delivery }: World): Promise<void> {
  if (delivery !== 'now') await sandbox.next('event', delivery);
}

const lockAccount = ({ killed, account }: World) =>
  killed.hold('select 1 from billing_accounts where company_id = $1 for update', [account.company.id]);

async function killBeforeCreate(world: World): Promise<void> {
  const { killed } = world;
  await start(world, { number: CARDS.succeeds });
  await deliverAs(world);
  await killed.hold('lock table sandbox_charges in share mode');
  await killed.start();
  await killed.untilBlocked();
  await killed.kill();
}

/** Stops when the charge exists at the gateway. */
async function stopBeforeId(world: World) {
  const { killed } = world;
  const table = await killed.hold('lock table sandbox_charges in share mode');
  await killed.start();
  await killed.untilBlocked();
  const account = await lockAccount(world);
  await table.release();
  await killed.untilBlocked();
  return account;
}

async function killBeforeId(world: World): Promise<void> {
  await start(world, { number: CARDS.succeeds });
  await deliverAs(world);
  await stopBeforeId(world);
  await world.killed.kill();
}

async function stopBeforeConfirmation(world: World) {
  const account = await stopBeforeId(world);
  const statement = 'select 1 from sandbox_charges where gateway_id = $1 for update';
  const charge = await world.killed.hold(statement, [world.sandbox.id]);
  await account.release();
  await world.killed.untilBlocked();
  return charge;
}

async function killBeforeConfirmation(world: World): Promise<void> {
  await start(world, { number: CARDS.succeeds });
  await deliverAs(world);
  await stopBeforeConfirmation(world);
  await world.killed.kill();
}

async function killBeforeSettlement(world: World): Promise<void> {
  await start(world, { number: CARDS.succeeds });
  await deliverAs(world);
  const charge = await stopBeforeConfirmation(world);
  await lockAccount(world);
  await charge.release();
  await world.killed.untilBlocked();
  await world.killed.kill();
}

/** The invoice was paid and then credited in full. */
async function requestRefund(world: World): Promise<void> {
  const { portal, killed, account, invoiceId } = world;
  await start(world, { number: CARDS.succeeds });
  await killed.start();
  await untilSettled(world);
  await killed.kill();
  await account.run(async (db, billing) => {
    const parts = [{ position: 1, total_cents: AMOUNT }];
    await issueCreditNote(db, billingActor, billing, { invoice_id: invoiceId, parts, reason: 'Damaged' });
  });
  await account.run(async (db, billing) => {
    const own = await openAccount(db, account.owner, billing.currency);
    await requestRefunds(db, billingActor, billing, own, AMOUNT);
  });
  await makeDue(portal, account.tenant.id);
  await deliverAs(world);
}

async function killBeforeRefund(world: World): Promise<void> {
  const { killed } = world;
  await requestRefund(world);
  await killed.hold('lock table sandbox_refunds in share mode');
  await killed.start();
  await killed.untilBlocked();
  await killed.kill();
}

async function killBeforeRefundIsStored(world: World): Promise<void> {
  const { killed } = world;
  await requestRefund(world);
  const table = await killed.hold('lock table sandbox_refunds in share mode');
  await killed.start();
  await killed.untilBlocked();
  await lockAccount(world);
  await table.release();
  await killed.untilBlocked();
  await killed.kill();
}

async function killBeforePageIsSettled(world: World): Promise<void> {
  const { portal, killed, account, sandbox } = world;
  const id = await start(world, 'page');
  await openPage(chargeDeps(portal), account.tenant.id, id);
  const [page] = await sql<{ sessionId: string; url: string; expiresAt: Date }>(
    portal,
    `select gateway_session_id as "sessionId", session_url as url, session_expires_at as "expiresAt"
     from payments where id = $1`,
    [id],
  );
  await deliverAs(world);
  await sandbox.complete(page!, CARDS.succeeds);
  await makeDue(portal, account.tenant.id);
  await lockAccount(world);
  await killed.start();
  await killed.untilBlocked();
  await killed.kill();
}

async function killInEvent(world: World): Promise<void> {
  const { portal, killed, account, sandbox } = world;
  const id = await start(world, { number: BANK_ACCOUNTS.succeeds });
  await deliverAs(world);
  await killed.start();
  while ((await statusOf(portal, id)) !== 'processing') await delay(50);
  await sandbox.settle();
  // Only the event leads to a read: without one, the worker does.
  if (world.delivery === 'never') await makeDue(portal, account.tenant.id);
  await lockAccount(world);
  await killed.untilBlocked();
  await killed.kill();
}

async function statusOf(portal: TestPortal, id: string): Promise<string> {
  const [row] = await sql<{ status: string }>(portal, 'select status from payments where id = $1', [id]);
  return row!.status;
}

/** Leases and waiting times are over. */
export async function makeDue(portal: TestPortal, tenantId: string): Promise<void> {
  for (const table of ['payments', 'gateway_events', 'sandbox_events'])
    await sql(
      portal,
      `update ${table} set due_at = now() - interval '1 second'
       where tenant_id = $1 and due_at is not null ${table === 'sandbox_events' ? `and type <> 'session.expired'` : ''}`,
      [tenantId],
    );
}

type Paid = Pick<World, 'portal' | 'account'>;

/** The payments and events of the tenant with which the process has to go on. */
export async function countUnsettled({ portal, account }: Paid): Promise<number> {
  const [row] = await sql<{ open: number }>(
    portal,
    `select (select count(*) from payments where tenant_id = $1 and status not in ('succeeded', 'failed', 'cancelled'))::int
       + (select count(*) from gateway_events e where tenant_id = $1 and state = 'received'
            and exists (select 1 from payments p where p.tenant_id = $1 and p.id::text = e.reference))::int
       + (select count(*) from sandbox_events where tenant_id = $1 and due_at < now())::int as open`,
    [account.tenant.id],
  );
  return row!.open;
}

async function untilSettled(world: World): Promise<void> {
  while ((await countUnsettled(world)) > 0) await delay(50);
}

/** Another process goes on. Then the events arrive that were delayed. */
async function finish(world: World): Promise<void> {
  const { portal, killed, account, sandbox } = world;
  await killed.start();
  await makeDue(portal, account.tenant.id);
  await untilSettled(world);
  await sandbox.settle();
  await makeDue(portal, account.tenant.id);
  await untilSettled(world);
}

async function expectOnce(world: World, isRefunded: boolean): Promise<void> {
  const [sent] = await sql<{ charges: number; refunds: number }>(
    world.portal,
    `select (select count(*)::int from sandbox_charges where gateway_id = $1 and failure_code is null
          and (status = 'succeeded' or status = 'processing' and settles_at <= now())) as charges,
       (select count(*)::int from sandbox_refunds where gateway_id = $1) as refunds`,
    [world.sandbox.id],
  );
  const refunds = isRefunded ? 1 : 0;
  expect(sent).to.eql({ charges: 1, refunds });
  await expectStoredOnce(world, refunds);
}

/** The portal has stored one payment of the invoice, with one receipt. */
export async function expectStoredOnce(
  { portal, account, invoiceId }: Paid & Pick<World, 'invoiceId'>,
  refunds = 0,
): Promise<void> {
  const tenantId = account.tenant.id;
  const [stored] = await sql(
    portal,
    `select (select count(*)::int from emails where tenant_id = $1 and template = 'receipt') as receipts,
       (select count(*)::int from emails where tenant_id = $1 and template = 'refundSent') as refund_emails,
       (select count(*)::int from emails where tenant_id = $1 and template = 'chargeFailed') as failures,
       (select count(*)::int from allocations where tenant_id = $1 and invoice_id = $2 and source = 'payment') as settlements,
       (select count(*)::int from audit_events where tenant_id = $1 and event = 'payment.succeeded') as successes`,
    [tenantId, invoiceId],
  );
  expect(stored).to.eql({
    receipts: 1,
    refund_emails: refunds,
    failures: 0,
    settlements: 1,
    successes: 1,
  });
  expect(await account.invoice(invoiceId)).to.include({ status: 'paid', open: '0' });
  expect((await verifyLedger(portal.database, tenantId)).difference).to.equal(null);
  expect(await findViolations(portal.owner, tenantId)).to.eql([]);
}
