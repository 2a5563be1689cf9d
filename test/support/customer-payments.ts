import { inTenant } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import { openAccount, type Owner } from '../../src/domain/billing-account/billing-account.ts';
import { ensureCustomer } from '../../src/domain/gateway/gateway-customers.ts';
import { processDueEvents } from '../../src/tasks/gateway-event-worker.ts';
import { advanceDuePayments } from '../../src/tasks/payment-worker.ts';
import { chargeDeps } from '../../src/gateways/charge-deps.ts';
import { createCompany, createTenant, signedInCustomer, type TestTenant } from './factories.ts';
import { CARDS, createSandbox, type TestSandbox } from './gateway.ts';
import { TestAccount } from './money.ts';
import { PersonRentals } from './own-rentals.ts';
import { sharedPortal, type TestPortal } from './portal.ts';

/** A tenant with the sandbox, whose customers pay in the portal. */
export class CustomerPayments {
  readonly portal: TestPortal;
  readonly tenant: TestTenant;
  readonly sandbox: TestSandbox;

  static async start(): Promise<CustomerPayments> {
    return CustomerPayments.on(await sharedPortal());
  }

  static async on(portal: TestPortal): Promise<CustomerPayments> {
    const tenant = await createTenant(portal);
    return new CustomerPayments(portal, tenant, await createSandbox(portal, tenant));
  }

  private constructor(portal: TestPortal, tenant: TestTenant, sandbox: TestSandbox) {
    this.portal = portal;
    this.tenant = tenant;
    this.sandbox = sandbox;
  }

  async person(locale: 'en' | 'ar' = 'en') {
    const visitor = await signedInCustomer(this.portal, this.tenant, { locale });
    return { visitor, account: new PersonRentals(this.portal, this.tenant, visitor.person) };
  }

  async inRole(role: string) {
    const company = await createCompany(this.portal, this.tenant);
    const visitor = await signedInCustomer(this.portal, this.tenant, { company, roles: [role] });
    const account = new TestAccount(this.portal, this.tenant, company);
    return { visitor, account, base: `/account/companies/${company.id}` };
  }

  get deps() {
    return chargeDeps(this.portal);
  }

  /** A stored method of the sandbox. Returns its id. */
  async addMethod(
    owner: Owner,
    number: string = CARDS.succeeds,
    values: { is_default?: boolean; exp_month?: number; exp_year?: number } = {},
  ): Promise<string> {
    const { database } = this.portal;
    const account = await inTenant(database, this.tenant.id, (db) => openAccount(db, owner, 'USD'));
    const customer = await ensureCustomer(this.deps, this.tenant.id, this.sandbox.gateway, {
      accountId: account.id,
      gatewayId: this.sandbox.id,
    });
    const external_id = await this.sandbox.addMethod(customer, number);
    const { state, ...facts } = await this.sandbox.gateway.readMethod(external_id);
    const id = newId();
    await inTenant(database, this.tenant.id, async (db) => {
      await db.insertInto('payment_methods', {
        id,
        billing_account_id: account.id,
        gateway_id: this.sandbox.id,
        external_id,
        ...facts,
        status: state === 'gone' ? 'needs_attention' : state,
        is_default: true,
        ...values,
      });
    });
    return id;
  }

  /** Delivers the events of the sandbox and lets the workers act. */
  async runWorkers(): Promise<void> {
    await this.sandbox.settle();
    await this.sandbox.deliver();
    await this.portal.owner.query(
      `update gateway_events set due_at = now() where tenant_id = $1 and due_at is not null`,
      [this.tenant.id],
    );
    await processDueEvents(this.deps);
    await advanceDuePayments(this.deps);
  }

  async paymentsOf(owner: Owner) {
    const [[name, id]] = Object.entries(owner) as [[string, string]];
    const { rows } = await this.portal.owner.query<{ id: string; status: string; amount_cents: string }>(
      `select p.id, p.status, p.amount_cents::text from payments p
         join billing_accounts b on b.tenant_id = p.tenant_id and b.id = p.billing_account_id
       where b.${name} = $1 order by p.id`,
      [id],
    );
    return rows;
  }

  async charges(): Promise<number> {
    const { rows } = await this.portal.owner.query<{ count: number }>(
      `select count(*)::int as count from sandbox_charges where gateway_id = $1 and status = 'succeeded'`,
      [this.sandbox.id],
    );
    return rows[0]!.count;
  }
}
