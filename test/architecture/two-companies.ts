import { inTenant } from '../../src/database/in-tenant.ts';
import { pick, selectRows } from '../../src/database/columns.ts';
import { newId } from '../../src/database/new-id.ts';
import { locationColumns } from '../../src/domain/company-location/company-location.ts';
import { createCustomField, type TestTenant } from '../support/factories.ts';
import type { StaffVisitor } from '../support/operations.ts';
import type { TestPortal } from '../support/portal.ts';
import { roleId, sql } from '../support/rows.ts';
import { insertDocument } from '../support/documents.ts';
import { createSite, createUnit, createUnitType } from '../support/units.ts';
import { countParameters, fillParameters } from './routes.ts';

export interface TwoCompanies {
  /** Ids of a company and of rows that its staff may see. `shared` is a customer of both companies. */
  seen: {
    company: string;
    customer: string;
    shared: string;
    email: string;
    invoice: string;
    draft: string;
    payment: string;
    balance: string;
    method: string;
    note: string;
    companyNote: string;
    document: string;
    companyDocument: string;
    dispute: string;
    site: string;
    unit: string;
    rental: string;
    request: string;
    location: string;
  };
  /** Fields for every form of an operations page with an id in its path. */
  fields: Fields;
  /** Ids of settings, which all staff may see. */
  settings: string[];
  /** Of the other company, its subsidiary, its customer and a private customer. */
  hidden: { company: string; customer: string; code: string; ids: string[]; texts: string[] };
}

export type Fields = Record<string, string>;

const HIDDEN_COMPANY = { name: 'Obsidian Vault', code: 'OBSIDIAN-9', parent_code: '' };
const SUBSIDIARY = { name: 'Basalt Cellar', code: 'BASALT-7', parent_code: 'SEEN-1' };
const HIDDEN_CUSTOMER = { first_name: 'Marble', last_name: 'Travertine', email: 'marble@obsidian.example' };
const PRIVATE_CUSTOMER = { first_name: 'Quartz', last_name: 'Feldspar', email: 'quartz@private.example' };

/** For the forms of rows that exist already. */
const VALID_FIELDS = {
  version: '1',
  name: 'Granite Works',
  code: 'GRANITE-1',
  first_name: 'Ada',
  last_name: 'Lovelace',
  email: 'granite@example.com',
  username: 'granite@example.com',
  phone: '',
  locale: '',
  direction: 'up',
  reason: 'Broken door',
  text: 'A note',
  unit_type_id: 'any',
};

const HIDDEN_SITE = 'Sapphire Yard';
const HIDDEN_UNIT = 'SAPPHIRE-1';
const HIDDEN_LOCATION = 'Sapphire Quay';

const CUSTOMER_FIELDS = ['username', 'roles[]', 'template'];

/** The fields of the forms that staff send to these paths. Other paths have none. */
const FORM_FIELDS: Record<string, readonly string[]> = {
  '/users': ['first_name', 'last_name', 'email', 'phone'],
  '/users/:id': ['first_name', 'last_name', 'email', 'phone', 'locale', 'version'],
  '/users/:id/emails': ['template'],
  '/customers/companies/:id': ['name', 'code', 'version'],
  '/customers/companies/:id/customers': CUSTOMER_FIELDS,
  '/customers/companies/:id/customers/links': ['user_id', 'roles[]', 'template'],
  '/customers/companies/:id/customers/:user_id/roles': ['roles[]'],
  '/users/:id/notes/:note_id': ['text', 'version'],
  '/customers/companies/:id/notes/:note_id': ['text', 'version'],
  '/settings/custom-fields/:id/position': ['direction'],
  '/settings/team/:id/roles': ['roles[]'],
  '/sites/:id': ['name', 'version'],
  '/units/:id': ['code', 'unit_type_id', 'version'],
  '/units/:id/block': ['reason'],
};

async function shareView(manager: StaffVisitor): Promise<string> {
  const form = await manager.visit('/views/new?list=users&query=status%3Denabled');
  const list = await form.submit('Save view', { Name: 'Enabled', 'Share with all staff': true });
  return list.url.split('view=')[1]!;
}

/** Those of the fields that the form of this path has. */
export function fieldsOfForm(pattern: string, fields: Readonly<Fields>): Fields {
  const names = FORM_FIELDS[pattern] ?? [];
  return Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)));
}

/** Through the pages of an unrestricted Manager, so that there are emails and audit events of both companies. */
export async function createTwoCompanies(
  portal: TestPortal,
  tenant: TestTenant,
  manager: StaffVisitor,
): Promise<TwoCompanies> {
  const start = await manager.visit('/users');
  const create = async (path: string, fields: Fields) => {
    const { headers, text } = await manager.postFrom(start, path, fields);
    const id = /[^/]+$/.exec((headers['location'] as string | undefined) ?? '')?.[0];
    if (!id) throw new Error(`${path} created nothing: ${text}`);
    return id;
  };
  const roles = await roleId(portal, tenant, 'customer', 'view_only');
  const customerFields = { 'roles[]': roles, template: 'accountInvitation' };
  const addTo = (company: string, username: string) =>
    create(`/customers/companies/${company}/customers`, { username, ...customerFields });

  const hiddenCompany = await create('/customers/companies', HIDDEN_COMPANY);
  const company = await create('/customers/companies', {
    name: 'Seen Works',
    code: 'SEEN-1',
    parent_code: HIDDEN_COMPANY.code,
  });
  const subsidiary = await create('/customers/companies', SUBSIDIARY);
  const customer = await addTo(company, 'seen@example.com');
  const shared = await addTo(company, 'shared@example.com');
  const hiddenCustomer = await addTo(hiddenCompany, HIDDEN_CUSTOMER.email);
  const privateCustomer = await create('/users', { ...PRIVATE_CUSTOMER, phone: '' });
  await create(`/customers/companies/${hiddenCompany}/customers/links`, {
    user_id: shared,
    ...customerFields,
  });
  await create(`/users/${hiddenCustomer}`, { ...HIDDEN_CUSTOMER, phone: '', locale: '', version: '1' });
  // This email does not name a company.
  await create(`/users/${privateCustomer}/emails`, { template: 'resetPassword' });
  await portal.runMail();
  const money = await createMoney(portal, tenant, create, 'SEEN-1');
  const hiddenMoney = await createMoney(portal, tenant, create, HIDDEN_COMPANY.code);
  const type = await createUnitType(portal, tenant);
  const site = await createSite(portal, tenant, 'Seen Yard');
  const unit = await createUnit(portal, tenant, { code: 'SEEN-1', site, type });
  const hiddenSite = await createSite(portal, tenant, HIDDEN_SITE);
  const hiddenUnit = await createUnit(portal, tenant, { code: HIDDEN_UNIT, site: hiddenSite, type });

  const location = await storeLocation(portal, tenant, { company_id: company, name: 'Seen Quay' });
  const hiddenLocation = await storeLocation(portal, tenant, {
    company_id: hiddenCompany,
    name: HIDDEN_LOCATION,
  });
  const rental = await moveIn(create, 'SEEN-1', unit.id);
  const hiddenRental = await moveIn(create, HIDDEN_COMPANY.code, hiddenUnit.id);
  const request = await askMoveOut(portal, tenant, { rental_id: rental, user_id: customer });
  const hiddenRequest = await askMoveOut(portal, tenant, {
    rental_id: hiddenRental,
    user_id: hiddenCustomer,
  });

  const [seenEmail, sharedEmail, sharedEmailOfHidden] = await listEmails(portal, [customer, shared]);
  const hiddenEmails = [
    sharedEmailOfHidden!,
    ...(await listEmails(portal, [hiddenCustomer, privateCustomer])),
  ];
  const customers = [hiddenCompany, subsidiary, hiddenCustomer, privateCustomer];
  const seenRecords = await createRecords(portal, tenant, manager.person.id, { company, customer });
  const hiddenRecords = await createRecords(portal, tenant, manager.person.id, {
    company: hiddenCompany,
    customer: hiddenCustomer,
  });
  const notLinked = [
    hiddenMoney.balance,
    hiddenMoney.method,
    hiddenLocation,
    ...Object.values(hiddenRecords),
  ];
  const ids = [
    ...customers,
    ...Object.values(hiddenRecords),
    ...hiddenEmails,
    hiddenSite.id,
    hiddenUnit.id,
    hiddenRental,
    hiddenRequest,
    hiddenLocation,
    ...Object.values(hiddenMoney),
  ];
  return {
    seen: {
      company,
      customer,
      shared,
      email: sharedEmail ?? seenEmail!,
      ...money,
      ...seenRecords,
      site: site.id,
      unit: unit.id,
      rental,
      request,
      location,
    },
    fields: { ...VALID_FIELDS, ...customerFields, user_id: shared },
    settings: [
      manager.person.id,
      type.id,
      await shareView(manager),
      ...(await createSettings(portal, tenant)),
    ],
    hidden: {
      company: hiddenCompany,
      customer: hiddenCustomer,
      code: HIDDEN_COMPANY.code,
      ids,
      texts: [
        // No page without an id in its path links to these.
        ...ids.filter((id) => !notLinked.includes(id)),
        ...[HIDDEN_COMPANY, SUBSIDIARY].flatMap(({ name, code }) => [name, code]),
        ...[HIDDEN_CUSTOMER, PRIVATE_CUSTOMER].flatMap(({ last_name, email }) => [last_name, email]),
        HIDDEN_SITE,
        HIDDEN_UNIT,
      ],
    },
  };
}

/** A note and a document of the company and of the customer. */
async function createRecords(
  portal: TestPortal,
  tenant: TestTenant,
  author_id: string,
  { company, customer }: { company: string; customer: string },
) {
  const [note, companyNote] = [newId(), newId()];
  await inTenant(portal.database, tenant.id, async (db) => {
    const shared = { text: 'A note', author_id };
    await db.insertInto('notes', { id: note, ...shared, user_id: customer });
    await db.insertInto('notes', { id: companyNote, ...shared, company_id: company });
  });
  const uploaded_by = author_id;
  const [document, companyDocument] = [
    await insertDocument(portal, tenant, { owner: { user_id: customer }, uploaded_by }),
    await insertDocument(portal, tenant, { owner: { company_id: company }, uploaded_by }),
  ];
  return { note, companyNote, document, companyDocument };
}

type Create = (path: string, fields: Fields) => Promise<string>;

async function createMoney(portal: TestPortal, tenant: TestTenant, create: Create, customer: string) {
  const amount = { customer, currency: 'USD', amount: '10' };
  const line = { description_1: 'Item', amount_1: '5', quantity_1: '1', tax_rate_1: '' };
  const invoice = await create('/invoices/charges', { ...amount, description: 'Item', tax_rate_id: '' });
  return {
    invoice,
    ...(await storeDispute(portal, tenant, invoice)),
    draft: await create('/invoices', { customer, currency: 'USD', ...line }),
    payment: await create('/payments/deposits', {
      ...amount,
      received_on: new Date().toISOString().slice(0, 10),
      channel: 'cash',
    }),
  };
}

/** Of the invoice, with a card of its customer. */
async function storeDispute(portal: TestPortal, tenant: TestTenant, invoice_id: string) {
  const [row] = await sql<{ id: string }>(
    portal,
    'select billing_account_id as id from invoices where id = $1',
    [invoice_id],
  );
  const [method, dispute, gateway_id, balance] = [newId(), newId(), newId(), row!.id];
  await inTenant(portal.database, tenant.id, async (db) => {
    // A former one, because the tenant has one that is active.
    const former = { service: 'sandbox', mode: 'test', is_active: false } as const;
    await db.insertInto('gateways', { id: gateway_id, ...former });
    const own = { billing_account_id: balance };
    const card = {
      type: 'card',
      brand: 'Visa',
      last4: '4242',
      status: 'active',
      external_id: method,
    } as const;
    await db.insertInto('payment_methods', { id: method, ...own, gateway_id, ...card });
    const short = { id: dispute, invoice_id, amount_cents: 1n, reason: 'Price', status: 'open' } as const;
    await db.insertInto('short_payments', { ...own, ...short });
  });
  return { balance, method, dispute };
}

function moveIn(create: Create, customer: string, unit_id: string) {
  const starts_on = new Date().toISOString().slice(0, 10);
  const prices = { price: '10', deposit: '0', tax_rate_id: '' };
  return create('/rentals', { customer, unit_id, starts_on, interval: '1_month', ...prices });
}

async function askMoveOut(
  portal: TestPortal,
  tenant: TestTenant,
  row: { rental_id: string; user_id: string },
): Promise<string> {
  const id = newId();
  await inTenant(portal.database, tenant.id, async (db) => {
    await db.insertInto('requests', { id, kind: 'move_out', wanted_on: '2030-01-01', ...row });
  });
  return id;
}

async function storeLocation(
  portal: TestPortal,
  tenant: TestTenant,
  { company_id, name }: { company_id: string; name: string },
): Promise<string> {
  const id = newId();
  const columns = locationColumns({ name, code: 'Q', address: null, phone: null, contact_name: null });
  await inTenant(portal.database, tenant.id, async (db) => {
    await db.insertInto('company_locations', { id, company_id, ...columns });
  });
  return id;
}

/** The path of a route with each of the first ids, or with each pair of them and of the ids. */
export function pathsOf(pattern: string, ids: readonly string[], firstIds = ids): string[] {
  if (countParameters(pattern) === 0) return [pattern];
  if (countParameters(pattern) === 1) return firstIds.map((id) => fillParameters(pattern, [id]));
  return firstIds.flatMap((id) => ids.map((second) => fillParameters(pattern, [id, second])));
}

/** The paths of a route with these ids of hidden rows, or with two ids of which at least one is hidden. */
export function hiddenPathsOf(
  pattern: string,
  { seen, hidden }: TwoCompanies,
  hiddenIds: readonly string[],
): string[] {
  if (countParameters(pattern) === 1) return pathsOf(pattern, hiddenIds);
  const ids = [hidden.company, hidden.customer];
  return pathsOf(pattern, [seen.company, seen.shared, ...ids]).filter((path) =>
    ids.some((id) => path.includes(id)),
  );
}

/** Oldest first. */
async function listEmails(portal: TestPortal, userIds: string[]): Promise<string[]> {
  const emails = await sql<{ id: string }>(
    portal,
    'select id from emails where user_id = any($1) order by array_position($1, user_id), id',
    [userIds],
  );
  return emails.map(({ id }) => id);
}

async function createSettings(portal: TestPortal, tenant: TestTenant): Promise<string[]> {
  const field = await createCustomField(portal, tenant);
  const versions = await sql<{ id: string }>(portal, 'select id from terms_versions where tenant_id = $1', [
    tenant.id,
  ]);
  const others = await inTenant(portal.database, tenant.id, async (db) => {
    const [rate, rule, version, run] = [newId(), newId(), newId(), newId()];
    await db.insertInto('tax_rates', { id: rate, code: 'T', code_norm: 't', name: 'Tax', rate_ppm: 1 });
    await db.insertInto('late_fee_rules', { id: rule, days_after_due: 9, fee_cents: 500n });
    await db.insertInto('agreement_versions', { id: version, locale: 'en', number: 1, body: 'Agreement' });
    await db.insertInto('billing_runs', { id: run, kind: 'rent', local_date: '2026-01-01' });
    const [gateway_id, event] = [newId(), newId()];
    await db.insertInto('gateways', { id: gateway_id, service: 'sandbox', mode: 'test' });
    const sent = { event_id: 'evt_1', type: 'charge.succeeded', sent_at: new Date() };
    await db.insertInto('gateway_events', { id: event, gateway_id, ...sent });
    const label = newId();
    await db.insertInto('labels', { id: label, name: 'Marked', name_norm: 'marked', colour: 'red' });
    for (const { id } of await selectRows(
      db.from('users').where({ audience: 'customer' }),
      pick('users', 'id'),
    ))
      await db.insertInto('user_labels', { label_id: label, user_id: id });
    for (const { id } of await selectRows(db.from('companies'), pick('companies', 'id')))
      await db.insertInto('company_labels', { label_id: label, company_id: id });
    return [rate, rule, version, run, event, label];
  });
  return [field.id, versions[0]!.id, ...others];
}
