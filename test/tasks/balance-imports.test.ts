import { expect } from 'chai';
import { withClock } from '../../src/database/clock.ts';
import { inTenant } from '../../src/database/in-tenant.ts';
import { getBilling } from '../../src/domain/billing/billing-settings.ts';
import { deleteInvoice } from '../../src/domain/invoice/invoice-actions.ts';
import { verifyLedger } from '../../src/domain/ledger/verify-ledger.ts';
import { listAutopayInvoices } from '../../src/domain/payment/planned-charges.ts';
import { findEventsOf } from '../support/audit.ts';
import {
  createCompany,
  createCustomer,
  createStaff,
  createStaffRole,
  createTenant,
  type TestCompany,
  type TestPerson,
  type TestTenant,
} from '../support/factories.ts';
import {
  findImportRow,
  insertImport,
  listImportRows,
  queueCheck,
  queueImport,
  queueUndo,
  runImports,
} from '../support/import-tasks.ts';
import { billingActor, TestAccount } from '../support/money.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { accepted } from '../support/rentals.ts';
import { sql } from '../support/rows.ts';

const TODAY = '2026-06-20';

describe('An import of opening balances', () => {
  let portal: TestPortal;
  /** With the day as its clock. */
  let onDay: TestPortal;
  let tenant: TestTenant;
  let staff: TestPerson;
  let company: TestCompany;

  before(async () => {
    portal = await sharedPortal();
    const offset = Date.parse(`${TODAY}T09:00Z`) - Date.now();
    onDay = Object.assign(Object.create(portal) as TestPortal, {
      database: withClock(portal.database, offset),
    });
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    staff = await createStaff(portal, tenant);
    company = await createCompany(portal, tenant, { code: 'W-1', name: 'Works' });
    await createCustomer(portal, tenant, { email: 'ada@example.com' });
  });

  const check = async (text: string, requested_by = staff.id) => {
    const id = await insertImport(portal, tenant, requested_by, text, { kind: 'balances', mode: 'create' });
    await queueCheck(portal, tenant, requested_by, id);
    await runImports(onDay);
    return id;
  };
  const importFile = async (text: string) => {
    const id = await check(text);
    await queueImport(portal, tenant, staff.id, id);
    await runImports(onDay);
    return id;
  };
  const errorsOf = async (id: string) =>
    (await listImportRows(portal, id)).map(({ errors }) =>
      errors.map(({ column, code }) => `${column}: ${code}`).join(', '),
    );
  const invoices = () =>
    sql(
      portal,
      `select i.kind, i.label, i.status, i.total_cents::int as total, i.tax_cents::int as tax, i.issued_on::text, i.due_on::text,
         l.description, b.receivable_cents::int as owed, b.credit_cents::int as credit
       from invoices i join invoice_lines l on l.invoice_id = i.id join billing_accounts b on b.id = i.billing_account_id
       where i.tenant_id = $1 order by i.kind desc, i.number`,
      [tenant.id],
    );
  const verify = async () => {
    expect((await verifyLedger(portal.database, tenant.id)).difference).to.equal(null);
  };

  it('issues an invoice or a credit for each account, without tax and email', async () => {
    const id = await importFile(
      'customer,amount,currency,as_of,description\nADA@example.com,120.50,usd,2026-05-31,Balance of the old system\nw-1,-40,,,\n',
    );
    expect(await errorsOf(id)).to.eql(['', '']);
    expect(await invoices()).to.eql([
      {
        kind: 'invoice',
        label: 'INV-00001',
        status: 'sent',
        total: 12050,
        tax: 0,
        issued_on: '2026-05-31',
        due_on: '2026-06-20',
        description: 'Balance of the old system',
        owed: 12050,
        credit: 0,
      },
      {
        kind: 'credit_note',
        label: 'CN-00001',
        status: 'paid',
        total: 4000,
        tax: 0,
        issued_on: TODAY,
        due_on: null,
        description: 'Opening balance',
        owed: 0,
        credit: 4000,
      },
    ]);
    const entries = await sql(
      portal,
      `select debit, credit, amount_cents::int as amount, effective_on::text as day from ledger_entries
       where tenant_id = $1 order by amount_cents`,
      [tenant.id],
    );
    expect(entries).to.eql([
      { debit: 'income', credit: 'credit', amount: 4000, day: TODAY },
      { debit: 'receivable', credit: 'income', amount: 12050, day: '2026-05-31' },
    ]);
    const targets = (await listImportRows(portal, id)).map(({ target_id }) => target_id!);
    const events = await Promise.all(targets.map((each) => findEventsOf(portal, each)));
    expect(events.flat().map(({ event }) => event)).to.eql(['invoice.imported', 'credit.imported']);
    const emails = await sql(
      portal,
      `select template from emails where tenant_id = $1 and template in ('invoice', 'creditNote')`,
      [tenant.id],
    );
    expect(emails).to.eql([]);
    await verify();
  });

  it('is not collected by autopay', async () => {
    await importFile('customer,amount\nw-1,120.50\n');
    const account = new TestAccount(portal, tenant, company);
    await account.issue(10_00n);
    const gateway = '01900000-0000-7000-8000-000000000001';
    await inTenant(portal.database, tenant.id, async (db) => {
      await db.insertInto('gateways', { id: gateway, service: 'sandbox', mode: 'test' });
      const [{ id }] = (await db.from('billing_accounts').select('id')) as [{ id: string }];
      await db.insertInto('payment_methods', {
        id: gateway,
        billing_account_id: id,
        gateway_id: gateway,
        external_id: 'pm_1',
        type: 'card',
        is_default: true,
        status: 'active',
      });
      await db.from('billing_accounts').update({ autopay_since: new Date() });
      const charged = await listAutopayInvoices(db, [id]);
      expect(charged.map(({ amount_cents }) => amount_cents)).to.eql([10_00n]);
    });
  });

  it('pays open invoices with credit, and an opening balance with the credit of its account', async () => {
    const account = new TestAccount(portal, tenant, company);
    await account.issue(50_00n);
    await importFile('customer,amount\nw-1,-80\n');
    expect((await invoices()).map(({ label, status }) => `${String(label)} ${String(status)}`)).to.eql([
      'INV-00001 paid',
      'CN-00001 paid',
    ]);
    const other = new TestAccount(portal, tenant, await createCompany(portal, tenant, { code: 'W-2' }));
    await other.pay(30_00n, { customer: 'W-2', is_deposit: true });
    await importFile('customer,amount\nw-2,100\n');
    expect((await invoices()).find(({ label }) => label === 'INV-00002')).to.include({
      status: 'sent',
      owed: 7000,
    });
    await verify();
  });

  it('changes nothing when the same file is imported again, and refuses another amount', async () => {
    const text = 'customer,amount\nada@example.com,120.50\nw-1,-40\n';
    await importFile(text);
    const again = await check(text);
    expect((await listImportRows(portal, again)).map(({ verdict }) => verdict)).to.eql([
      'unchanged',
      'unchanged',
    ]);
    const other = await check('customer,amount\nada@example.com,99\nw-1,40\n');
    expect(await errorsOf(other)).to.eql(['customer: import_has_balance', 'customer: import_has_balance']);
    expect(await invoices()).to.have.length(2);
  });

  it('opens an account for a person whose account was merged into another', async () => {
    await importFile('customer,amount\nada@example.com,10\nw-1,20\n');
    await sql(
      portal,
      `update billing_accounts set receivable_cents = 0, closed_at = now(), merged_into_id =
         (select id from billing_accounts where tenant_id = $1 and company_id is not null)
       where tenant_id = $1 and user_id is not null`,
      [tenant.id],
    );
    const id = await importFile('customer,amount\nada@example.com,10\nw-1,20\n');
    expect(await findImportRow(portal, id)).to.deep.include({
      counts: { create: 1, created: 1, unchanged: 1 },
    });
  });

  it('is imported again after staff have deleted the invoice', async () => {
    const first = await importFile('customer,amount\nw-1,120.50\n');
    const [row] = await listImportRows(portal, first);
    await inTenant(portal.database, tenant.id, async (db) =>
      accepted(
        await deleteInvoice(db, billingActor, await getBilling(db), { id: row!.target_id!, reason: 'Wrong' }),
      ),
    );
    const id = await importFile('customer,amount\nw-1,99\n');
    expect(await findImportRow(portal, id)).to.deep.include({ counts: { create: 1, created: 1 } });
    await verify();
  });

  it('names the column and the fix of each wrong cell', async () => {
    const other = await createTenant(portal);
    await createCompany(portal, other, { code: 'FAR' });
    await createCompany(portal, tenant, { code: 'OLD', status: 'archived' });
    const id = await check(
      `customer,amount,currency,as_of\n${[
        'FAR,10,,',
        'OLD,10,,',
        'w-1,10,EUR,',
        'w-1,4.42E+11,,',
        'w-1,=1+1,,',
        'w-1,ten,,',
        'w-1,10.005,,',
        'w-1,10,,2026-06-21',
        'w-1,10,,31/01/2026',
        ',10,,',
        'w-1,,,',
        'w-1,0,,',
        'W-1,10,,',
        `${company.id},10,,`,
      ].join('\n')}\n`,
    );
    expect(await errorsOf(id)).to.eql([
      'customer: unknown_customer',
      'customer: company_archived',
      'currency: import_other_currency',
      'amount: import_shortened_number',
      'amount: import_formula',
      'amount: invalid_amount',
      'amount: invalid_amount',
      'as_of: date_in_future',
      'as_of: import_invalid_date',
      'customer: required',
      'amount: required',
      '',
      'customer: import_customer_twice',
      'customer: import_customer_twice',
    ]);
    expect((await listImportRows(portal, id))[11]).to.include({ verdict: 'unchanged' });
    expect(await invoices()).to.eql([]);
  });

  it('keeps the invoices when it is undone, and lists them', async () => {
    const id = await importFile('customer,amount\nw-1,120.50\n');
    await queueUndo(portal, tenant, staff.id, id);
    await runImports(onDay);
    expect(await findImportRow(portal, id)).to.deep.include({ state: 'undone' });
    expect(await errorsOf(id)).to.eql([': undo_has_money']);
    expect(await invoices()).to.have.length(1);
  });

  it('needs the permissions for invoices and for credit, as its pages', async () => {
    const role = await createStaffRole(portal, tenant, ['imports.create', 'invoices.issue']);
    const clerk = await createStaff(portal, tenant, { role });
    const id = await check('customer,amount\nw-1,10\nada@example.com,-10\n', clerk.id);
    expect(await errorsOf(id)).to.eql([]);
    expect((await findImportRow(portal, id)).state).to.equal('failed');
  });
});
