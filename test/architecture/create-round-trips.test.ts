import { expect } from 'chai';
import type { FormKind } from '../../src/domain/form/form-key.ts';
import { signedInOperator } from '../platform/operator.ts';
import { StatementCounter } from '../support/count-statements.ts';
import { PDF } from '../support/documents.ts';
import { insertTasks } from '../support/exports.ts';
import { createCompany, createCustomer, signedInCustomer, type TestTenant } from '../support/factories.ts';
import { createSandbox } from '../support/gateway.ts';
import { moveIn as moveInOn, PersonRentals, today } from '../support/own-rentals.ts';
import { startOperations, type StaffVisitor } from '../support/operations.ts';
import { openAccount } from '../../src/domain/billing-account/billing-account.ts';
import { CARDS } from '../support/gateway.ts';
import { TestAccount } from '../support/money.ts';
import { addCard } from '../support/stored-cards.ts';
import type { FieldValues } from '../support/page-form.ts';
import type { Page } from '../support/page.ts';
import type { TestPortal } from '../support/portal.ts';
import { createUnit } from '../support/units.ts';
import type { Visitor } from '../support/visitor.ts';

interface Create {
  form: () => Promise<Page>;
  button: string;
  fields: FieldValues;
  most: { roundTrips: number; statements: number };
  /** With a file. */
  is_upload?: boolean;
  file?: { name: string; filename: string; content: Buffer };
  /** Calls the payment service, so that further transactions read again what they have locked. */
  has_calls?: boolean;
}

describe('a create form', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  let operator: Visitor;
  let counter: StatementCounter;
  let customer: string;
  let account: TestAccount;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
    operator = await signedInOperator(portal);
    const customField = await manager.visit('/settings/custom-fields/new');
    await customField.submit('Add custom field', { title: 'Size' });
    const company = await createCompany(portal, tenant);
    customer = company.code;
    account = new TestAccount(portal, tenant, company);
    await createSandbox(portal, tenant);
    counter = new StatementCounter(portal.database.app, portal.database.platform);
  });

  // The last use of a session is recorded once a minute, and the tenant is read every ten seconds, by one more statement.
  beforeEach(async () => {
    await portal.owner.query('update login_sessions set last_seen_at = now()');
    portal.directory.forget(tenant.id);
    await portal.directory.bySlug(tenant.slug);
  });

  const newCustomerForm = async () => {
    const company = await createCompany(portal, tenant);
    return manager.visit(`/customers/companies/${company.id}/customers/new`);
  };

  const issueInvoice = async () => {
    const form = await manager.visit(`/invoices/charges/new?customer=${customer}`);
    const page = await form.submit('Issue a Charge', { Description: 'Item', Amount: '10' });
    return page.path.split('/').at(-1)!;
  };

  const issueWithCard = async (number?: string) => {
    await portal.owner.query('update payment_methods set is_default = false where tenant_id = $1', [
      tenant.id,
    ]);
    await addCard(account, { number });
    await portal.owner.query('update billing_settings set applies_credit = false where tenant_id = $1', [
      tenant.id,
    ]);
    return issueInvoice();
  };

  /** Who has opened a page of the customer portal. */
  const customers = new Map<Page, Visitor>();
  const ofCustomer = (person: Visitor, page: Page) => {
    customers.set(page, person);
    return page;
  };

  const unitOfCustomer = async () => {
    const person = await signedInCustomer(portal, tenant);
    const rentals = new PersonRentals(portal, tenant, person.person);
    const id = await moveInOn(rentals, await today(rentals));
    return { person, path: `/account/units/${id}`, invoice: (await rentals.invoices(id))[0]!['id']! };
  };

  const moveIn = async (code: string) => {
    const unit = await createUnit(portal, tenant, { code });
    const form = await manager.visit(`/rentals/new?customer=${customer}&unit=${unit.id}`);
    return (await form.submit('Move in')).path.split('/').at(-1)!;
  };

  const creates: Record<FormKind, Create> = {
    user: {
      form: () => manager.visit('/users/new'),
      button: 'Create user',
      fields: { first_name: 'Ada', last_name: 'King', email: 'ada@x.example', Size: 'S' },
      most: { roundTrips: 4, statements: 12 },
    },
    export: {
      form: async () => {
        await insertTasks(portal, tenant, manager.person.id, 10_001);
        return manager.visit('/tasks?format=csv');
      },
      button: 'Export CSV',
      fields: {},
      most: { roundTrips: 4, statements: 10 },
    },
    bulk_action: {
      form: async () => {
        const list = await manager.visit('/users');
        return list.submit('Apply', { 'With selected': 'Disable login…', all: true });
      },
      button: 'Disable login',
      fields: {},
      most: { roundTrips: 4, statements: 10 },
    },
    note: {
      form: async () => manager.visit(`/users/${(await createCustomer(portal, tenant)).id}/notes`),
      button: 'Add note',
      fields: { Note: 'Hello', 'Pin to the first page': true },
      most: { roundTrips: 5, statements: 12 },
    },
    comment: {
      form: async () => manager.visit(`/users/${(await createCustomer(portal, tenant)).id}/history`),
      button: 'Add comment',
      fields: { Comment: 'Hello' },
      most: { roundTrips: 4, statements: 10 },
    },
    document: {
      form: async () => manager.visit(`/users/${(await createCustomer(portal, tenant)).id}/documents`),
      button: 'Upload document',
      fields: {},
      is_upload: true,
      most: { roundTrips: 9, statements: 19 },
    },
    customer_document: {
      form: async () => {
        const person = await signedInCustomer(portal, tenant);
        return ofCustomer(person, await person.visit('/account/documents'));
      },
      button: 'Send document',
      fields: {},
      is_upload: true,
      most: { roundTrips: 10, statements: 20 },
    },
    import: {
      form: () => manager.visit('/imports/new'),
      button: 'Upload',
      fields: {},
      file: { name: 'file', filename: 'users.csv', content: Buffer.from('Email\na@x.example\n') },
      most: { roundTrips: 6, statements: 17 },
    },
    saved_view: {
      form: () => manager.visit('/views/new?list=users&query=status%3Denabled'),
      button: 'Save view',
      fields: { Name: 'Enabled' },
      most: { roundTrips: 4, statements: 11 },
    },
    customer: {
      form: newCustomerForm,
      button: 'Add',
      fields: { username: 'new@x.example', Roles: ['Accounts Payable'], template: 'accountActivation' },
      most: { roundTrips: 4, statements: 18 },
    },
    customer_link: {
      form: async () => {
        const { email } = await createCustomer(portal, tenant);
        return (await newCustomerForm()).submit('Add', { username: email, Roles: ['Accounts Payable'] });
      },
      button: 'Link existing customer',
      fields: {},
      most: { roundTrips: 4, statements: 15 },
    },
    company: {
      form: () => manager.visit('/customers/companies/new'),
      button: 'Add',
      fields: { Name: 'Counted Ltd' },
      most: { roundTrips: 6, statements: 15 },
    },
    company_location: {
      form: async () => {
        const { id } = await createCompany(portal, tenant);
        return manager.visit(`/customers/companies/${id}/locations/new`);
      },
      button: 'Add location',
      fields: { Name: 'Quay', Code: 'QUAY' },
      most: { roundTrips: 4, statements: 13 },
    },
    custom_field: {
      form: () => manager.visit('/settings/custom-fields/new'),
      button: 'Add custom field',
      fields: { title: 'Gate code' },
      most: { roundTrips: 4, statements: 11 },
    },
    label: {
      form: () => manager.visit('/settings/labels/new'),
      button: 'Create label',
      fields: { Name: 'Counted' },
      most: { roundTrips: 4, statements: 13 },
    },
    terms_version: {
      form: async () => (await manager.visit('/settings/terms/new')).submit('Preview', { body: 'New words' }),
      button: 'Publish',
      fields: {},
      most: { roundTrips: 4, statements: 11 },
    },
    staff: {
      form: () => manager.visit('/settings/team/new'),
      button: 'Add',
      fields: { first_name: 'Al', last_name: 'Counted', email: 'al@x.example', roles: ['Driver'] },
      most: { roundTrips: 5, statements: 16 },
    },
    invoice: {
      form: () => manager.visit(`/invoices/new?customer=${customer}`),
      button: 'Create invoice',
      fields: { description_1: 'Item', amount_1: '10' },
      most: { roundTrips: 10, statements: 20 },
    },
    charge: {
      form: () => manager.visit(`/invoices/charges/new?customer=${customer}`),
      button: 'Issue a Charge',
      fields: { Description: 'Item', Amount: '10' },
      most: { roundTrips: 12, statements: 26 },
    },
    credit: {
      form: () => manager.visit(`/invoices/credits/new?customer=${customer}`),
      button: 'Issue a Credit',
      fields: { Description: 'Item', Amount: '10' },
      most: { roundTrips: 14, statements: 31 },
    },
    credit_note: {
      form: async () => manager.visit(`/invoices/${await issueInvoice()}/credit-notes/new`),
      button: 'Issue credit note',
      fields: { amount_1: '1', Reason: 'Too much' },
      most: { roundTrips: 14, statements: 31 },
    },
    invoice_comment: {
      form: async () => manager.visit(`/invoices/${await issueInvoice()}`),
      button: 'Add comment',
      fields: { Comment: 'Hello' },
      most: { roundTrips: 4, statements: 12 },
    },
    payment: {
      form: async () => {
        await issueInvoice();
        return manager.visit(`/payments/new?customer=${customer}`);
      },
      button: 'Record payment',
      fields: { Amount: '10' },
      most: { roundTrips: 9, statements: 21 },
    },
    invoice_charge: {
      form: async () => manager.visit(`/invoices/${await issueWithCard()}/charge`),
      button: 'Charge $10.00',
      fields: {},
      most: { roundTrips: 60, statements: 88 },
      has_calls: true,
    },
    payment_retry: {
      form: async () => {
        const invoice = await issueWithCard(CARDS.insufficient_funds);
        return (await manager.visit(`/invoices/${invoice}/charge`)).submit('Charge $10.00');
      },
      button: 'Retry payment',
      fields: {},
      most: { roundTrips: 77, statements: 110 },
      has_calls: true,
    },
    payment_refund: {
      form: async () => {
        const invoice = await issueWithCard();
        const paid = await (await manager.visit(`/invoices/${invoice}/charge`)).submit('Charge $10.00');
        const note = await manager.visit(`/invoices/${invoice}/credit-notes/new`);
        await note.submit('Issue credit note', { amount_1: '5', Reason: 'Broken' });
        return (await manager.visit(paid.path)).follow('Refund');
      },
      button: 'Refund',
      fields: {},
      most: { roundTrips: 38, statements: 57 },
      has_calls: true,
    },
    credit_refund: {
      form: async () => {
        const deposit = await manager.visit(`/payments/deposits/new?customer=${customer}`);
        await deposit.submit('Record deposit', { Amount: '10' });
        return manager.visit(
          `/balances/${await account.run(async (db, { currency }) => (await openAccount(db, account.owner, currency)).id)}/refunds/new`,
        );
      },
      button: 'Refund',
      fields: {},
      most: { roundTrips: 64, statements: 96 },
      has_calls: true,
    },
    billing_run: {
      form: () => manager.visit('/billing-runs/new'),
      button: 'Bill now',
      fields: {},
      most: { roundTrips: 4, statements: 10 },
    },
    deposit: {
      form: () => manager.visit(`/payments/deposits/new?customer=${customer}`),
      button: 'Record deposit',
      fields: { Amount: '10' },
      most: { roundTrips: 8, statements: 18 },
    },
    site: {
      form: () => manager.visit('/sites/new'),
      button: 'Add site',
      fields: { Name: 'Counted' },
      most: { roundTrips: 4, statements: 11 },
    },
    unit_type: {
      form: () => manager.visit('/unit-types/new'),
      button: 'Add unit type',
      fields: { Name: 'Counted', Price: '10' },
      most: { roundTrips: 4, statements: 11 },
    },
    unit: {
      form: async () => {
        await createUnit(portal, tenant, { code: 'C0' });
        return manager.visit('/units/new');
      },
      button: 'Add unit',
      fields: { Site: 'Site of C0', 'Unit type': 'Type of C0, $100.00', Code: 'C1', 'Last code': 'C100' },
      most: { roundTrips: 6, statements: 13 },
    },
    tax_rate: {
      form: () => manager.visit('/settings/taxes/new'),
      button: 'Add tax rate',
      fields: { Code: 'C', Name: 'Counted', Rate: '5' },
      most: { roundTrips: 4, statements: 13 },
    },
    late_fee_rule: {
      form: () => manager.visit('/settings/billing/late-fees/new'),
      button: 'Add late fee',
      fields: { 'Days after due': '5', Fee: '5' },
      most: { roundTrips: 7, statements: 14 },
    },
    agreement_version: {
      form: async () =>
        (await manager.visit('/settings/agreement/new')).submit('Preview', { Agreement: 'New words' }),
      button: 'Publish',
      fields: {},
      most: { roundTrips: 5, statements: 12 },
    },
    customer_comment: {
      form: async () => {
        const { person, invoice } = await unitOfCustomer();
        return ofCustomer(person, await person.visit(`/account/billing/invoices/${invoice}`));
      },
      button: 'Add comment',
      fields: { Comment: 'Hello' },
      most: { roundTrips: 6, statements: 14 },
    },
    customer_payment: {
      form: async () => {
        const { person, invoice } = await unitOfCustomer();
        return ofCustomer(person, await person.visit(`/account/billing/payments/new?invoice=${invoice}`));
      },
      button: 'Pay now',
      fields: {},
      most: { roundTrips: 51, statements: 78 },
    },
    payment_method: {
      form: async () => {
        const person = await signedInCustomer(portal, tenant);
        return ofCustomer(person, await person.visit('/account/billing/payment-methods/new'));
      },
      button: 'Sign and add a bank account',
      fields: { 'Your full name': 'Ada King' },
      most: { roundTrips: 34, statements: 57 },
    },
    rental_request: {
      form: async () => {
        const { person, path } = await unitOfCustomer();
        const form = await person.visit(`${path}/requests/new`);
        return ofCustomer(person, await form.submit('Continue', {}));
      },
      button: 'Send request',
      fields: {},
      most: { roundTrips: 14, statements: 25 },
    },
    name_request: {
      form: async () => {
        const person = await signedInCustomer(portal, tenant);
        return ofCustomer(person, await person.visit('/account/profile/name'));
      },
      button: 'Send request',
      fields: { 'Last name': 'King' },
      most: { roundTrips: 5, statements: 14 },
    },
    rental: {
      form: async () => {
        const unit = await createUnit(portal, tenant, { code: 'R0' });
        return manager.visit(`/rentals/new?customer=${customer}&unit=${unit.id}`);
      },
      button: 'Move in',
      fields: {},
      most: { roundTrips: 19, statements: 37 },
    },
    rental_charge: {
      form: async () => manager.visit(`/rentals/${await moveIn('R1')}/charges/new`),
      button: 'Add charge',
      fields: { Description: 'Insurance', Amount: '10' },
      most: { roundTrips: 8, statements: 15 },
    },
    rental_rent: {
      form: async () => {
        const form = await manager.visit(`/rentals/${await moveIn('R2')}/rent`);
        return form.submit('Change rent', { 'New price': '110' });
      },
      button: 'Change rent',
      fields: {},
      most: { roundTrips: 12, statements: 21 },
    },
    tenant: {
      form: () => operator.visit('/tenants/new'),
      button: 'Create tenant',
      fields: { name: 'Counted', slug: 'counted', admin_email: 'first@x.example' },
      most: { roundTrips: 16, statements: 22 },
    },
  };

  for (const [kind, { form, button, fields, most, has_calls, file, is_upload }] of Object.entries(creates)) {
    it(`of a ${kind} sends at most ${most.statements} statements in ${most.roundTrips} round trips`, async () => {
      const page = await form();
      const visitor = kind === 'tenant' ? operator : (customers.get(page) ?? manager);
      const { action, fields: body } = page.form(button).submission(fields);
      expect(Object.fromEntries(body)).to.include.keys('form_key');
      counter.start();
      const { file: _, ...values } = Object.fromEntries(body);
      const upload = is_upload ? { name: 'file', filename: 'a.pdf', content: PDF } : file;
      const response = upload
        ? await visitor.uploadFrom(page, action, values, [upload])
        : await visitor.post(action, new URLSearchParams(body).toString());
      const { roundTrips, statements } = counter.counted;
      const sent = statements.join('\n');
      expect(response.status).to.equal(303);
      expect(roundTrips, sent).to.be.at.most(most.roundTrips);
      expect(statements.length, sent).to.be.at.most(most.statements);
      const reads = withTransaction(statements, kind).filter((text) => /^(\d+ )?select/.test(text));
      if (!has_calls) expect(reads, 'reads').to.have.length(new Set(reads).size);
    });
  }
});

/** A gateway is called between transactions, each of which reads what may have changed. */
const SEVERAL_TRANSACTIONS: FormKind[] = ['customer_payment', 'payment_method'];

/** The statements, of these forms with the number of their transaction. */
function withTransaction(statements: readonly string[], kind: string): string[] {
  let transaction = 0;
  return statements.map((text) => {
    if (text.startsWith('begin')) transaction += 1;
    return (SEVERAL_TRANSACTIONS as string[]).includes(kind) ? `${transaction} ${text}` : text;
  });
}
