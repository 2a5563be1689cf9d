import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '../../src/database/new-id.ts';
import { openAccount } from '../../src/domain/billing-account/billing-account.ts';
import { ensureCustomer } from '../../src/domain/gateway/gateway-customers.ts';
import { sealKeys } from '../../src/domain/gateway/gateway-keys.ts';
import { findGateway } from '../../src/domain/gateway/gateway-queries.ts';
import { startPayment } from '../../src/domain/payment/start-payment.ts';
import { found } from '../../src/errors.ts';
import { chargeDeps } from '../../src/gateways/charge-deps.ts';
import { openGateway } from '../../src/gateways/open-gateway.ts';
import { createCustomer, createTenant, signIn } from './factories.ts';
import { countUnsettled, expectStoredOnce, makeDue, type Delivery } from './killed-payments.ts';
import { KilledPortal } from './killed-portal.ts';
import { billingActor } from './money.ts';
import { PersonRentals } from './own-rentals.ts';
import { PageWatch } from './page-watch.ts';
import { startPortal, type OwnPortal, type TestPortal } from './portal.ts';
import { sql } from './rows.ts';
import { StripeFake } from './stripe-fake.ts';
import { FAKE_CARDS } from './stripe-objects.ts';
import { StripeWebhooks } from './stripe-webhooks.ts';

export const stages = ['create', 'confirm', 'settle'] as const;

/** Of the payment service; while the portal settles, of its database. */
export const faults = ['error after the effect', 'cut connection', 'no answer', 'kill'] as const;

export type Stage = (typeof stages)[number];
export type Fault = (typeof faults)[number];
export type Start = 'worker' | 'customer';

export interface FaultCase {
  /** Which part of the process charges the payment. */
  start: Start;
  stage: Stage;
  fault: Fault;
  delivery: Delivery;
}

const AMOUNT = 120_00n;
const MAX_MS = 180_000;
/** After so long without a change, the process waits for a time. */
const QUIET_MS = 2_000;
/** After a wait, a process that has just started also loads the modules of its work. */
const QUIET_AGAIN_MS = 10_000;
/** Longer than the portal waits for a lock, twice. */
const LOCKED_MS = 5_000;

/** A portal whose payments are charged by another process, at a local fake of Stripe. */
export class FaultyPayments {
  readonly fake: StripeFake;
  readonly portal: OwnPortal;
  readonly process: KilledPortal;

  static async start(): Promise<FaultyPayments> {
    const fake = await StripeFake.start();
    return new FaultyPayments(fake, await startPortal({ env: { STRIPE_API_URL: fake.url } }));
  }

  private constructor(fake: StripeFake, portal: OwnPortal) {
    this.fake = fake;
    this.portal = portal;
    this.process = new KilledPortal(portal, { isPatient: false });
  }

  async close(): Promise<void> {
    await this.process.close();
    await this.fake.close();
    await this.portal.close();
  }
}

/** Defines one test: a fault interrupts a payment, and it is charged once and told truthfully all the time. */
export function itChargesOnce(get: () => FaultyPayments, values: FaultCase): void {
  const { start, stage, fault, delivery } = values;
  it(`charges once and shows the truth after ${fault} at ${stage}, started by the ${start}, with the events ${delivery}`, async function () {
    this.timeout(180_000);
    const world = await createWorld(get(), values);
    const { portal, process, webhooks, watch } = world;
    try {
      const startedAt = Date.now();
      await interrupt(world);
      const skippedMs = await finish(world, startedAt);
      expect(skippedMs, 'milliseconds until the payment was settled').to.be.below(MAX_MS);
      await watch.stop();
      await webhooks.stop();
      expectCharged(world);
      await expectStoredOnce(world);
      const page = await watch.read();
      expect(page).to.include('Paid. We have received your payment.');
      expect(watch.waiting, 'pages while the payment was not settled').to.be.above(0);
    } finally {
      await watch.stop().catch(() => undefined);
      await webhooks.stop();
      await process.release();
      await sql(portal, 'update payments set due_at = null where tenant_id = $1', [world.account.tenant.id]);
    }
  });
}

type World = Awaited<ReturnType<typeof createWorld>>;

async function createWorld({ fake, portal, process }: FaultyPayments, values: FaultCase) {
  if (!process.isRunning) await process.start();
  await process.untilReady();
  const tenant = await createTenant(portal);
  const person = await createCustomer(portal, tenant);
  const served = { ...portal, server: process.url };
  const visitor = await signIn(served, tenant.account, person);
  const account = new PersonRentals(portal, tenant, person);
  const stored = await addStripe(portal, fake, account);
  const { id: invoiceId } = await account.issue(AMOUNT);
  const isCharged = () => chargesOf(fake, stored.customerId).length > 0;
  const paymentOf = async () => {
    const text = 'select id, status from payments where tenant_id = $1';
    const [row] = await sql<{ id: string; status: string }>(portal, text, [tenant.id]);
    return row;
  };
  const watch = new PageWatch({ visitor, paymentOf, isCharged });
  const url = `${process.url}/webhooks/stripe/${stored.gatewayId}`;
  const webhooks = new StripeWebhooks({ fake, url, host: tenant.account, delivery: values.delivery });
  const parts = { fake, portal, process, visitor, account, invoiceId, isCharged, paymentOf, watch, webhooks };
  return { ...values, ...stored, ...parts };
}

/** The tenant uses the fake, where the account has a stored card. */
async function addStripe(portal: TestPortal, fake: StripeFake, account: PersonRentals) {
  const { tenant } = account;
  const gatewayId = newId();
  const keys = { secretKey: fake.secretKey, webhookSecrets: [fake.webhookSecret] };
  const row = await account.run(async (db) => {
    await db.from('gateways').delete();
    const sealed = sealKeys(portal.config.secretKeys, gatewayId, keys);
    await db.insertInto('gateways', { id: gatewayId, service: 'stripe', mode: 'test', ...sealed });
    return found(await findGateway(db, gatewayId));
  });
  const accountId = await account.run(
    async (db, { currency }) => (await openAccount(db, account.owner, currency)).id,
  );
  const gateway = await openGateway(portal, tenant.id, row);
  const customerId = await ensureCustomer(chargeDeps(portal), tenant.id, gateway, { accountId, gatewayId });
  const urls = { returnUrl: 'https://portal.example/', cancelUrl: 'https://portal.example/' };
  const page = { customerId, ...urls, locale: 'en', methodTypes: ['card'] as const };
  const { sessionId } = await gateway.openSetupPage({ ...page, reference: newId(), key: newId() });
  fake.account.complete(sessionId, FAKE_CARDS.succeeds);
  fake.takeEvents();
  const external_id = found((await gateway.readSession(sessionId)).methodId);
  const { state, ...facts } = await gateway.readMethod(external_id);
  expect(state).to.equal('active');
  const methodId = newId();
  const method = { id: methodId, billing_account_id: accountId, gateway_id: gatewayId, external_id };
  await account.run((db) =>
    db
      .insertInto('payment_methods', { ...method, ...facts, status: 'active', is_default: true })
      .then(() => undefined),
  );
  return { gatewayId, accountId, customerId, methodId };
}

function chargesOf(fake: StripeFake, customerId: string) {
  const intents = fake.account.list('payment_intent').filter(({ customer }) => customer === customerId);
  const ids = new Set(intents.map(({ id }) => id));
  return fake.account.list('charge').filter((charge) => ids.has(String(charge['payment_intent'])));
}

function expectCharged({ fake, customerId }: World): void {
  const charges = chargesOf(fake, customerId);
  expect(charges.map(({ amount }) => Number(amount))).to.eql([Number(AMOUNT)]);
}

/** Starts the payment, and returns when the fault has had its effect. */
async function interrupt(world: World): Promise<void> {
  const { stage, watch, webhooks, start } = world;
  const release = stage === 'settle' ? world.fake.hold('confirm') : () => {};
  if (stage !== 'settle') failCall(world, stage);
  watch.start();
  if (stage !== 'settle') webhooks.start();
  const response = start === 'customer' ? await payInPortal(world) : payByWorker(world);
  // An error is thrown below.
  response.answered.catch(() => undefined);
  if (stage === 'settle') await failSettlement(world, release);
  else await failedCall(world, stage);
  await response.answered;
}

function failCall({ fake, fault }: World, stage: 'create' | 'confirm'): void {
  if (fault === 'error after the effect') fake.failNext(stage, 'error');
  else if (fault === 'cut connection') fake.failNext(stage, 'cut-after');
  else fake.failNext(stage, 'no-answer');
}

async function failedCall(world: World, stage: 'create' | 'confirm'): Promise<void> {
  const { fake, process, fault, customerId, isCharged, watch, paymentOf } = world;
  const isCreated = () => fake.account.list('payment_intent').some(({ customer }) => customer === customerId);
  while (!(stage === 'create' ? isCreated() : isCharged())) await delay(10);
  await watch.next();
  if (fault === 'kill') return restart(world);
  const isOver = (status: string) => status === 'unknown' || status === 'succeeded';
  while (fake.unanswered > 0 || !isOver((await paymentOf())!.status)) {
    if (!process.isRunning) throw new Error('The process has ended');
    await delay(50);
  }
}

async function failSettlement(world: World, answer: () => void): Promise<void> {
  const { process, fault, accountId, isCharged, watch, webhooks } = world;
  while (!isCharged()) await delay(10);
  await watch.next();
  await process.hold('select 1 from billing_accounts where id = $1 for update', [accountId]);
  answer();
  await process.untilBlocked();
  if (fault === 'error after the effect') await process.endBlocked('pg_cancel_backend');
  if (fault === 'cut connection') await process.endBlocked('pg_terminate_backend');
  webhooks.start();
  if (fault === 'no answer') await delay(LOCKED_MS);
  if (fault === 'kill') await restart(world);
  await process.release();
}

async function restart({ process, watch }: World): Promise<void> {
  await process.kill();
  await process.start();
  await process.untilReady();
  await watch.next();
}

interface Response {
  answered: Promise<unknown>;
}

/** The customer submits the form. After a kill they submit it again, which starts no other payment. */
async function payInPortal({ visitor, invoiceId, fault, paymentOf, process }: World): Promise<Response> {
  const form = await visitor.visit(`/account/billing/payments/new?invoice=${invoiceId}`);
  const submit = async () => {
    const page = await form.submit('Pay now', {});
    expect(page.path).to.equal(`/account/billing/payments/${(await paymentOf())!.id}`);
  };
  if (fault !== 'kill') return { answered: submit() };
  const interrupted = submit().then(
    () => expect.fail('The killed process has responded'),
    async (error: unknown) => {
      if (error instanceof Error && /socket hang up|ECONN/.test(error.message)) {
        await process.untilReady();
        await submit();
      } else throw error;
    },
  );
  return { answered: interrupted };
}

function payByWorker({ portal, account, gatewayId, invoiceId, methodId }: World): Response {
  const start = async () => {
    const started = await account.run(async (db, billing) =>
      startPayment(db, billingActor, billing, {
        account: await openAccount(db, account.owner, billing.currency),
        gateway: { id: gatewayId, service: 'stripe' },
        invoices: [{ invoice_id: invoiceId, amount_cents: AMOUNT }],
        by: { method_id: methodId },
        request_key: null,
        started_by: 'customer',
      }),
    );
    expect(started).to.include({ ok: true });
    await makeDue(portal, account.tenant.id);
  };
  return { answered: start() };
}

/** Returns how long it took until the payment was settled, with the waiting times that were skipped. */
async function finish(world: World, startedAt: number): Promise<number> {
  const { webhooks, paymentOf } = world;
  let settledMs: number | undefined;
  let skippedMs = 0;
  let last = { text: '', at: Date.now() };
  while (settledMs === undefined || (await countUnsettled(world)) > 0 || !webhooks.isDone) {
    const { text, waitMs } = await readProgress(world);
    if (text !== last.text) last = { text, at: Date.now() };
    const quietMs = skippedMs === 0 ? QUIET_MS : QUIET_AGAIN_MS;
    if (Date.now() - last.at > quietMs && waitMs > 0) skippedMs += await skip(world, waitMs);
    if (settledMs === undefined && (await paymentOf())!.status === 'succeeded') {
      settledMs = Date.now() - startedAt + skippedMs;
      webhooks.sendLate();
    }
    await delay(50);
  }
  return settledMs;
}

/** What changes when the process works, and how long it has nothing to do. */
async function readProgress({ portal, account }: World): Promise<{ text: string; waitMs: number }> {
  const [row] = await sql<{ text: string; waitMs: number }>(
    portal,
    `with waiting as (
       select status, due_at from payments where tenant_id = $1 and due_at is not null
       union all select state, due_at from gateway_events where tenant_id = $1 and due_at is not null)
     select coalesce(string_agg(status || due_at, ',' order by due_at), '') as text,
       coalesce(extract(epoch from min(due_at) - now()) * 1000, 0)::float8 as "waitMs" from waiting`,
    [account.tenant.id],
  );
  return row!;
}

/** As if the time had passed. */
async function skip({ portal, account }: World, waitMs: number): Promise<number> {
  for (const table of ['payments', 'gateway_events'])
    await sql(
      portal,
      `update ${table} set due_at = due_at - $2 * interval '1 millisecond'
       where tenant_id = $1 and due_at is not null`,
      [account.tenant.id, waitMs],
    );
  return waitMs;
}
