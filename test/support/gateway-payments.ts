import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { withClock } from '../../src/database/clock.ts';
import { inTenant } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import { claim } from '../../src/database/queue.ts';
import { openAccount, type BillingAccount } from '../../src/domain/billing-account/billing-account.ts';
import type { Billing } from '../../src/domain/billing/billing-settings.ts';
import type { ChargeDeps } from '../../src/domain/gateway/charge-deps.ts';
import { storeEvent } from '../../src/domain/gateway/gateway-events.ts';
import { verifyLedger } from '../../src/domain/ledger/verify-ledger.ts';
import { advancePayment } from '../../src/domain/payment/advance-payment.ts';
import { chargePayment } from '../../src/domain/payment/charge-payment.ts';
import { paymentQueue } from '../../src/domain/payment/gateway-payment.ts';
import { startPayment, type PaidInvoice, type PaymentInput } from '../../src/domain/payment/start-payment.ts';
import { createLog } from '../../src/log.ts';
import { processDueEvents } from '../../src/tasks/gateway-event-worker.ts';
import { advanceDuePayments } from '../../src/tasks/payment-worker.ts';
import { createCompany, createTenant, type TestCompany, type TestTenant } from './factories.ts';
import { FakeGateway, type Behaviour } from './fake-gateway.ts';
import { billingActor, TestAccount } from './money.ts';
import { findViolations } from './money-invariants.ts';
import { sharedPortal, type TestPortal } from './portal.ts';

/** A company that pays by a gateway in memory, with a stored card. */
export class TestPayments extends TestAccount {
  readonly gateway = new FakeGateway();
  readonly gatewayId = newId();
  readonly deps: ChargeDeps;
  methodId = '';

  static async create(portal: TestPortal): Promise<TestPayments> {
    const tenant = await createTenant(portal);
    const payments = new TestPayments(portal, tenant, await createCompany(portal, tenant));
    await portal.owner.query(`update companies set billing_emails = '{billing@example.com}' where id = $1`, [
      payments.company.id,
    ]);
    await payments.#insertGateway();
    payments.methodId = await payments.addMethod();
    return payments;
  }

  private constructor(portal: TestPortal, tenant: TestTenant, company: TestCompany) {
    super(portal, tenant, company);
    const { config, database } = portal;
    this.deps = {
      config,
      database,
      log: createLog('silent'),
      openGateway: () => Promise.resolve(this.gateway),
    };
  }

  async #insertGateway(): Promise<void> {
    await inTenant(this.portal.database, this.tenant.id, async (db) => {
      await db.from('gateways').delete();
      await db.insertInto('gateways', { id: this.gatewayId, service: 'sandbox', mode: 'test' });
    });
  }

  withAccount<Result>(
    work: (values: { db: Db; billing: Billing; account: BillingAccount }) => Promise<Result>,
    values: Partial<Billing> = {},
  ): Promise<Result> {
    return this.run(
      async (db, billing) =>
        work({ db, billing, account: await openAccount(db, this.owner, billing.currency) }),
      values,
    );
  }

  async addMethod(behaviour: Behaviour = 'succeeds', is_default = this.methodId === ''): Promise<string> {
    const [id, external_id] = [newId(), this.gateway.addMethod(behaviour)];
    await this.withAccount(({ db, account }) =>
      db
        .insertInto('payment_methods', {
          id,
          billing_account_id: account.id,
          gateway_id: this.gatewayId,
          external_id,
          type: 'card',
          brand: 'Visa',
          last4: '4242',
          status: 'active',
          is_default,
        })
        .then(() => undefined),
    );
    return id;
  }

  async setBehaviour(behaviour: Behaviour, methodId = this.methodId): Promise<void> {
    const { rows } = await this.portal.owner.query<{ external_id: string }>(
      'select external_id from payment_methods where id = $1',
      [methodId],
    );
    this.gateway.methods.get(rows[0]!.external_id)!.behaviour = behaviour;
  }

  /** Starts a payment by the stored card, without charging it. */
  start(invoices: readonly PaidInvoice[], values: Partial<PaymentInput> = {}) {
    return this.withAccount(({ db, billing, account }) =>
      startPayment(db, billingActor, billing, {
        account,
        gateway: { id: this.gatewayId, service: 'sandbox' },
        invoices,
        by: { method_id: this.methodId },
        request_key: null,
        started_by: 'customer',
        ...values,
      }),
    );
  }

  async startOne(invoices: readonly PaidInvoice[], values: Partial<PaymentInput> = {}): Promise<string> {
    const started = await this.start(invoices, values);
    if (!started.ok) throw new Error(JSON.stringify(started.errors));
    return started.payment_id;
  }

  /** Starts and charges. */
  async charge(invoices: readonly PaidInvoice[], values: Partial<PaymentInput> = {}): Promise<string> {
    const id = await this.startOne(invoices, values);
    await chargePayment(this.deps, this.tenant.id, id);
    return id;
  }

  /** Everything that waits is due now. */
  async makeDue(table: 'payments' | 'gateway_events' = 'payments'): Promise<void> {
    await this.portal.owner.query(
      `update ${table} set due_at = now() - interval '1 second' where tenant_id = $1 and due_at is not null`,
      [this.tenant.id],
    );
  }

  /** The worker, some minutes later. Retries of later days are left out. */
  async runWorker(): Promise<void> {
    await this.portal.owner.query(
      `update payments set due_at = now() - interval '1 second'
       where tenant_id = $1 and due_at < now() + interval '1 hour' and status <> 'failed'`,
      [this.tenant.id],
    );
    await advanceDuePayments(this.deps);
  }

  /** The worker, some days later, for this tenant only. */
  async runWorkerAfter(days: number): Promise<void> {
    const database = withClock(this.portal.database, days * 86_400_000);
    await advanceOwnPayments({ ...this.deps, database }, this.tenant.id);
  }

  async receiveEvent(objectId: string, type = 'charge.updated', id: string = randomUUID()): Promise<void> {
    await inTenant(this.portal.database, this.tenant.id, (db) =>
      storeEvent(db, this.gatewayId, {
        id,
        type,
        subject: { kind: 'charge', id: objectId },
        mode: 'test',
        sentAt: new Date(),
      }),
    );
    await this.makeDue('gateway_events');
    await processDueEvents(this.deps);
  }

  async payment(id: string): Promise<Record<string, string | boolean | null>> {
    const { rows } = await this.portal.owner.query<Record<string, string | boolean | null>>(
      `select status, amount_cents::text as amount, refunded_cents::text as refunded, needs, failure_code,
         next_retry_on::text, attempts::text, failures::text, payment_method_id, session_url, gateway_object_id,
         gateway_session_id, due_at is not null as is_due, charged_back_cents::text as charged_back, direction, channel
       from payments where id = $1`,
      [id],
    );
    return rows[0]!;
  }

  /** The events about money, in their order. */
  async events(): Promise<string[]> {
    const { rows } = await this.portal.owner.query<{ event: string }>(
      `select event from audit_events where tenant_id = $1
         and split_part(event, '.', 1) in ('payment', 'refund', 'payment_method', 'autopay', 'short_payment') order by id`,
      [this.tenant.id],
    );
    return rows.map(({ event }) => event);
  }

  async emails(template: string): Promise<Record<string, string>[]> {
    const { rows } = await this.portal.owner.query<{ variables: Record<string, string> }>(
      'select variables from emails where tenant_id = $1 and template = $2 order by id',
      [this.tenant.id, template],
    );
    return rows.map(({ variables }) => variables);
  }
}

export async function advanceOwnPayments(deps: ChargeDeps, tenantId: string): Promise<void> {
  const next = () => inTenant(deps.database, tenantId, (db) => claim(db, paymentQueue, 1));
  for (let claimed = await next(); claimed.length > 0; claimed = await next())
    for (const { id } of claimed) await advancePayment(deps, tenantId, id);
}

/** A suite with a company of its own for each test. After each one the ledger and all sums are right. */
export function describePayments(title: string, define: (payments: () => TestPayments) => void): void {
  describe(title, () => {
    let portal: TestPortal;
    let payments: TestPayments;

    before(async () => {
      portal = await sharedPortal();
    });
    beforeEach(async () => {
      payments = await TestPayments.create(portal);
    });
    afterEach(async () => {
      const { id } = payments.tenant;
      expect((await verifyLedger(portal.database, id)).difference).to.equal(null);
      expect(await findViolations(portal.owner, id)).to.eql([]);
    });

    define(() => payments);
  });
}

type Db = Parameters<Parameters<TestAccount['run']>[0]>[0];
