import { newId } from '../../src/database/new-id.ts';
import { openAccount } from '../../src/domain/billing-account/billing-account.ts';
import { insertSandbox } from '../../src/domain/gateway/gateway-actions.ts';
import { ensureCustomer } from '../../src/domain/gateway/gateway-customers.ts';
import { findActiveGateway, findGateway } from '../../src/domain/gateway/gateway-queries.ts';
import { found } from '../../src/errors.ts';
import { chargeDeps } from '../../src/gateways/charge-deps.ts';
import { openGateway } from '../../src/gateways/open-gateway.ts';
import { createCompany, type TestTenant } from './factories.ts';
import { CARDS, TestSandbox } from './gateway.ts';
import { TestAccount } from './money.ts';
import { startOperations, type StaffVisitor } from './operations.ts';
import type { TestPortal } from './portal.ts';

/** Stores a card of the sandbox as the default method of the account, as its page does. Returns its id. */
export async function addCard(
  account: Pick<TestAccount, 'portal' | 'tenant' | 'owner' | 'run'>,
  { number = CARDS.succeeds, is_default = true }: { number?: string | undefined; is_default?: boolean } = {},
): Promise<string> {
  const { portal, tenant } = account;
  const sandbox = await sandboxOf(account);
  const accountId = await account.run(
    async (db, { currency }) => (await openAccount(db, account.owner, currency)).id,
  );
  const ids = { accountId, gatewayId: sandbox.id };
  const customer = await ensureCustomer(chargeDeps(portal), tenant.id, sandbox.gateway, ids);
  const external_id = await sandbox.addMethod(customer, number);
  const { state, ...facts } = await sandbox.gateway.readMethod(external_id);
  const id = newId();
  await account.run(async (db) => {
    const row = { id, billing_account_id: accountId, gateway_id: sandbox.id, external_id, ...facts };
    await db.insertInto('payment_methods', {
      ...row,
      status: state === 'active' ? state : 'verifying',
      is_default,
    });
  });
  return id;
}

/** The sandbox of the tenant, which is created if it has none. */
export async function sandboxOf(
  account: Pick<TestAccount, 'portal' | 'tenant' | 'run'>,
): Promise<TestSandbox> {
  const { portal, tenant } = account;
  const row = await account.run(
    async (db) => (await findActiveGateway(db)) ?? found(await findGateway(db, await insertSandbox(db))),
  );
  return new TestSandbox(portal, tenant.id, row.id, await openGateway(portal, tenant.id, row));
}

/** A Manager who charges the card of a company, which each test has for itself. */
export class CardSuite {
  portal!: TestPortal;
  tenant!: TestTenant;
  manager!: StaffVisitor;
  account!: TestAccount;

  /** Issues an invoice and charges the card on its page. */
  async charge(amount: bigint, button: string) {
    const { id, label } = await this.account.issue(amount);
    const form = await (await this.manager.visit(`/invoices/${id}`)).follow('Charge payment details');
    return { id, label: label!, form, page: await form.submit(button) };
  }

  /** The number of charges that took money of the company. */
  async countCharges(): Promise<number> {
    const { rows } = await this.portal.owner.query<{ count: string }>(
      `select count(*) from sandbox_charges c join payments p on p.gateway_object_id = c.id::text
       join billing_accounts b on b.id = p.billing_account_id where b.company_id = $1 and c.status = 'succeeded'`,
      [this.account.company.id],
    );
    return Number(rows[0]!.count);
  }

  /** From now on the bank accepts charges of the stored card. */
  async makeSucceed(methodId: string): Promise<void> {
    await this.portal.owner.query(
      `update sandbox_methods set behaviour = 'succeeds'
       where id::text = (select external_id from payment_methods where id = $1)`,
      [methodId],
    );
  }

  /** The number of refunds of the sandbox to the company. */
  async countRefunds(): Promise<number> {
    const { rows } = await this.portal.owner.query<{ count: string }>(
      `select count(*) from sandbox_refunds r join payments p on p.gateway_object_id = r.id::text
       join billing_accounts b on b.id = p.billing_account_id where b.company_id = $1`,
      [this.account.company.id],
    );
    return Number(rows[0]!.count);
  }
}

/** Call it in `describe`: it creates a tenant in the shared portal before the tests. */
export function startCards(): CardSuite {
  const suite = new CardSuite();
  before(async () => {
    Object.assign(suite, await startOperations());
  });
  beforeEach(async () => {
    const { portal, tenant } = suite;
    suite.account = new TestAccount(portal, tenant, await createCompany(portal, tenant));
  });
  return suite;
}
