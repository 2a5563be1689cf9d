import { expect } from 'chai';
import { lockAccount } from '../../../src/domain/billing-account/billing-account.ts';
import { newId } from '../../../src/database/new-id.ts';
import { verifyLedger } from '../../../src/domain/ledger/verify-ledger.ts';
import { deleteInvoice } from '../../../src/domain/invoice/invoice-actions.ts';
import { createCustomer, createTenant, type TestPerson, type TestTenant } from '../../support/factories.ts';
import { merge, PersonAccount } from '../../support/merges.ts';
import { billingActor } from '../../support/money.ts';
import { findViolations } from '../../support/money-invariants.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';

interface AccountRow {
  id: string;
  user_id: string;
  receivable: string;
  credit: string;
  deposit: string;
  is_closed: boolean;
  merged_into_id: string | null;
}

describe('Billing accounts in a merge', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let ada: TestPerson;
  let bob: TestPerson;
  let ofAda: PersonAccount;
  let ofBob: PersonAccount;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    ada = await createCustomer(portal, tenant);
    bob = await createCustomer(portal, tenant);
    ofAda = new PersonAccount(portal, tenant, ada);
    ofBob = new PersonAccount(portal, tenant, bob);
  });
  afterEach(async () => {
    expect((await verifyLedger(portal.database, tenant.id)).difference).to.equal(null);
    expect(await findViolations(portal.owner, tenant.id)).to.eql([]);
  });

  const accounts = () =>
    sql<AccountRow>(
      portal,
      `select id, user_id, receivable_cents::text as receivable, credit_cents::text as credit,
         deposit_cents::text as deposit, closed_at is not null as is_closed, merged_into_id
       from billing_accounts where tenant_id = $1 order by id`,
      [tenant.id],
    );

  it('move as they are when only the merged user has one', async () => {
    const { id } = await ofBob.issue(100_00n);
    const [before] = await accounts();
    await merge(portal, tenant, ada.id, bob.id);
    expect(await accounts()).to.eql([{ ...before, user_id: ada.id }]);
    expect(await ofBob.invoice(id)).to.include({ status: 'sent', open: '10000' });
  });

  it('stay when only the surviving user has one', async () => {
    await ofAda.issue(100_00n);
    const before = await accounts();
    await merge(portal, tenant, ada.id, bob.id);
    expect(await accounts()).to.eql(before);
  });

  it('of both keep one open: the balance moves, and the other is closed', async () => {
    await ofAda.issue(100_00n);
    await ofBob.issue([
      { kind: 'item', description: 'Item', unit_cents: 70_00n },
      { kind: 'deposit', description: 'Deposit', unit_cents: 30_00n },
    ]);
    await ofBob.pay(40_00n);
    await merge(portal, tenant, ada.id, bob.id);

    const [open, closed] = await accounts();
    expect(open).to.include({
      user_id: ada.id,
      receivable: '16000',
      credit: '0',
      deposit: '3000',
      is_closed: false,
    });
    expect(closed).to.include({
      user_id: ada.id,
      receivable: '0',
      credit: '0',
      deposit: '0',
      is_closed: true,
    });
    expect(closed!.merged_into_id).to.equal(open!.id);
    const rows = await sql(
      portal,
      `select billing_account_id as id, debit, credit, amount_cents::text as amount, source_id from ledger_entries
       where tenant_id = $1 and posting = 'merge' order by billing_account_id, id`,
      [tenant.id],
    );
    const source_id = closed!.id;
    expect(rows).to.eql([
      { id: open!.id, debit: 'receivable', credit: 'clearing', amount: '6000', source_id },
      { id: open!.id, debit: 'clearing', credit: 'deposit', amount: '3000', source_id },
      { id: closed!.id, debit: 'clearing', credit: 'receivable', amount: '6000', source_id },
      { id: closed!.id, debit: 'deposit', credit: 'clearing', amount: '3000', source_id },
    ]);
  });

  it('are settled with each other: credit of one pays invoices of the other', async () => {
    const { id } = await ofAda.issue(100_00n);
    await ofBob.pay(30_00n);
    await merge(portal, tenant, ada.id, bob.id);
    const [open] = await accounts();
    expect(open).to.include({ receivable: '7000', credit: '0' });
    expect(await ofAda.invoice(id)).to.include({ open: '7000' });
  });

  it('let invoices and payments of the closed one be changed later', async () => {
    await ofAda.issue(100_00n);
    const invoice = await ofBob.issue(70_00n);
    await merge(portal, tenant, ada.id, bob.id);
    const deleted = await ofAda.run((db, billing) =>
      deleteInvoice(db, billingActor, billing, { id: invoice.id, reason: 'Twice' }),
    );
    expect(deleted.ok).to.equal(true);
    expect((await accounts())[0]).to.include({ receivable: '10000' });
    const paid = await ofAda.pay(100_00n);
    expect(paid.ok).to.equal(true);
    expect((await accounts())[0]).to.include({ receivable: '0' });
  });

  for (const status of ['created', 'ready', 'submitting', 'unknown', 'requires_action', 'processing'])
    it(`refuse the merge while a payment of the merged user is ${status}`, async () => {
      await ofAda.issue(100_00n);
      await ofBob.issue(70_00n);
      await insertPayment(ofBob, status);
      const before = await accounts();
      const refused = await merge(portal, tenant, ada.id, bob.id);
      expect(refused).to.deep.include({
        ok: false,
        errors: [{ field: 'other_id', code: 'merge_payment_on_its_way' }],
      });
      expect(await accounts()).to.eql(before);
      await sql(portal, `delete from payments where tenant_id = $1`, [tenant.id]);
    });

  it('refuse the merge while a payment of an account with the same currency is on its way', async () => {
    await ofAda.issue(100_00n);
    await insertPayment(ofAda, 'processing');
    expect((await merge(portal, tenant, ada.id, bob.id)).ok).to.equal(true);
    const eve = await createCustomer(portal, tenant);
    await new PersonAccount(portal, tenant, eve).issue(5_00n);
    expect(await merge(portal, tenant, ada.id, eve.id)).to.have.nested.property(
      'errors[0].code',
      'merge_payment_on_its_way',
    );
    await sql(portal, `delete from payments where tenant_id = $1`, [tenant.id]);
  });

  it('move payment methods, whose customer at the payment service stays theirs', async () => {
    await ofAda.issue(100_00n);
    await ofBob.issue(70_00n);
    const [, former] = await accounts();
    const gateway_id = await insertGateway();
    for (const [account, external] of [
      [(await accounts())[0]!, 'ada'],
      [former!, 'bob'],
    ] as const) {
      await sql(
        portal,
        `insert into gateway_customers (tenant_id, billing_account_id, gateway_id, external_id) values ($1, $2, $3, $4)`,
        [tenant.id, account.id, gateway_id, `cus_${external}`],
      );
      await sql(
        portal,
        `insert into payment_methods (tenant_id, id, billing_account_id, gateway_id, external_id, type, status, is_default)
         values ($1, $2, $3, $4, $5, 'card', 'active', true)`,
        [tenant.id, newId(), account.id, gateway_id, `pm_${external}`],
      );
    }
    await merge(portal, tenant, ada.id, bob.id);
    const methods = await sql(
      portal,
      `select external_id, gateway_customer_id, is_default, billing_account_id from payment_methods where tenant_id = $1 order by id`,
      [tenant.id],
    );
    const billing_account_id = (await accounts())[0]!.id;
    expect(methods).to.eql([
      { external_id: 'pm_ada', gateway_customer_id: null, is_default: true, billing_account_id },
      { external_id: 'pm_bob', gateway_customer_id: 'cus_bob', is_default: false, billing_account_id },
    ]);
  });

  it('run an action again that has read the id of the account before it was closed', async () => {
    await ofAda.issue(100_00n);
    const { id } = await ofBob.issue(70_00n);
    let runs = 0;
    const deleted = await ofBob.run(async (db, billing) => {
      runs += 1;
      // Between the read of the invoice and the lock of its account.
      if (runs === 1) await merge(portal, tenant, ada.id, bob.id);
      if (runs === 1) {
        await lockAccount(db, (await accounts())[1]!.id);
      }
      return deleteInvoice(db, billingActor, billing, { id, reason: 'Twice' });
    });
    expect([runs, deleted.ok]).to.eql([2, true]);
  });

  async function insertGateway(): Promise<string> {
    const id = newId();
    await sql(
      portal,
      `insert into gateways (tenant_id, id, service, mode) values ($1, $2, 'sandbox', 'test')`,
      [tenant.id, id],
    );
    return id;
  }

  async function insertPayment(account: PersonAccount, status: string): Promise<void> {
    const { rows } = await portal.owner.query<{ id: string }>(
      'select id from billing_accounts where user_id = $1 and closed_at is null',
      [account.person.id],
    );
    const gateways = await sql<{ id: string }>(portal, 'select id from gateways where tenant_id = $1', [
      tenant.id,
    ]);
    const gateway = gateways[0]?.id ?? (await insertGateway());
    await sql(
      portal,
      `insert into payments (tenant_id, id, billing_account_id, direction, channel, status, amount_cents, currency, received_on, gateway_id)
       select tenant_id, $2, id, 'in', 'sandbox', $3, 100, currency, current_date, $4 from billing_accounts where id = $1`,
      [rows[0]!.id, newId(), status, gateway],
    );
  }
});
