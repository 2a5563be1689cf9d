import { column, nullable, pick, selectRows, type RowOf } from '../../database/columns.ts';
import { insertMany } from '../../database/insert-many.ts';
import { newId } from '../../database/new-id.ts';
import { wakeAfterCommit } from '../../database/queue.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { listStaffWith, membersWith, type Member } from '../role/users-with-permission.ts';
import type { TemplateName } from './email-templates.ts';
import { companyVariables, emailQueue } from './queue-email.ts';

/** An email about money or a rental to the customer who owes. */
export interface BillingEmail {
  template: TemplateName;
  billing_account_id: string;
  /** In the pages of the customer: `/billing/invoices/<id>`. */
  path: string;
  variables: Record<string, string>;
  /** Gets it too: the member of a company who asked for it. */
  asked_by?: Address | undefined;
}

export interface Address {
  user_id: string | null;
  to_address: string;
}

interface Customer {
  name: string;
  company: { id: string; name: string } | null;
  user_id: string | null;
  addresses: readonly Address[];
}

type NewEmailRow = Address & Pick<BillingEmail, 'template' | 'variables'>;

/**
 * Emails a person, or the billing addresses of a company, else its members who may pay. Alerts staff if there is no address. The number
 * of statements does not depend on that of the emails. Returns the accounts that have an address.
 */
export async function queueBillingEmails(
  db: TenantDb,
  { sends_emails }: Pick<Billing, 'sends_emails'>,
  emails: readonly BillingEmail[],
): Promise<ReadonlySet<string>> {
  if (!sends_emails || emails.length === 0) return new Set();
  const { customers, added } = await knownCustomers(
    db,
    emails.map((email) => email.billing_account_id),
  );
  const rows = emails.flatMap((email) => rowsFor(email, customers.get(email.billing_account_id)!));
  insertEmails(db, 'customer', rows);
  await alertUnreachable(
    db,
    added.filter(({ addresses }) => addresses.length === 0),
  );
  return new Set([...customers].filter(([, { addresses }]) => addresses.length > 0).map(([id]) => id));
}

const read = new WeakMap<TenantDb, Map<string, Customer>>();

/** An action that sends several emails reads its customers once. `added` are those that were read now. */
async function knownCustomers(db: TenantDb, accountIds: readonly string[]) {
  const customers = read.get(db) ?? new Map<string, Customer>();
  read.set(db, customers);
  const missing = [...new Set(accountIds)].filter((id) => !customers.has(id));
  const added = missing.length > 0 ? await findCustomers(db, missing) : new Map<string, Customer>();
  for (const [id, customer] of added) customers.set(id, customer);
  return { customers, added: [...added.values()] };
}

function rowsFor(
  { template, path, variables, asked_by }: BillingEmail,
  { company, addresses }: Customer,
): NewEmailRow[] {
  const isKnown = ({ to_address }: Address) => addresses.some((each) => each.to_address === to_address);
  const all = asked_by && !isKnown(asked_by) ? [...addresses, asked_by] : addresses;
  const filled = withPath(variables, path, company);
  return all.map((address) => ({ ...address, template, variables: filled }));
}

function withPath(variables: Record<string, string>, path: string, company: Customer['company']) {
  const root = company ? `/account/companies/${company.id}` : '/account';
  return { ...variables, path: root + path, ...(company && companyVariables(company)) };
}

/** About a request, to the person who sent it for themselves or for a company. */
export function queueRequesterEmail(
  db: TenantDb,
  { sends_emails }: Pick<Billing, 'sends_emails'>,
  {
    template,
    asked_by,
    company,
    path,
    variables,
  }: Omit<BillingEmail, 'billing_account_id'> & { asked_by: Address; company: Customer['company'] },
): void {
  if (!sends_emails) return;
  insertEmails(db, 'customer', [{ ...asked_by, template, variables: withPath(variables, path, company) }]);
}

function insertEmails(db: TenantDb, audience: 'customer' | 'staff', emails: readonly NewEmailRow[]): void {
  if (emails.length === 0) return;
  const rows = emails.map((email) => {
    const id = newId();
    return { id, audience, ...email, message_id: id };
  });
  db.defer(insertMany(db, 'emails', rows));
  wakeAfterCommit(db, emailQueue);
}

const customerColumns = (db: TenantDb) => ({
  ...pick('billing_accounts as b', 'id', 'user_id', 'company_id'),
  company_name: nullable(column('companies as c', 'name')),
  billing_emails: nullable(column('companies as c', 'billing_emails')),
  user_name: nullable(column('users as u', 'name')),
  user_email: nullable(column('users as u', 'email')),
  // Only of companies without billing addresses.
  members: db.raw<Member[] | null>(`case when c.billing_emails = '{}' then ? end`, [
    membersWith(db, 'billing.pay', 'c.id'),
  ]),
});

type CustomerRow = RowOf<ReturnType<typeof customerColumns>>;

async function findCustomers(db: TenantDb, accountIds: readonly string[]): Promise<Map<string, Customer>> {
  const accounts = db
    .from('billing_accounts as b')
    .leftJoin('companies as c', { 'c.tenant_id': 'b.tenant_id', 'c.id': 'b.company_id' })
    .leftJoin('users as u', { 'u.tenant_id': 'b.tenant_id', 'u.id': 'b.user_id' })
    .whereRaw('b.id = any(?::uuid[])', [[...accountIds]]);
  const rows = await selectRows(accounts, customerColumns(db));
  return new Map(rows.map((row) => [row.id, toCustomer(row)]));
}

function toCustomer(row: CustomerRow): Customer {
  if (row.company_id === null)
    return {
      name: row.user_name || row.user_email!,
      company: null,
      user_id: row.user_id,
      addresses: row.user_email === null ? [] : [{ user_id: row.user_id, to_address: row.user_email }],
    };
  const name = row.company_name!;
  const stated = row.billing_emails!.map((to_address) => ({ user_id: null, to_address }));
  const members = (row.members ?? []).map(({ id, email }) => ({ user_id: id, to_address: email }));
  return { name, company: { id: row.company_id, name }, user_id: null, addresses: [...stated, ...members] };
}

const MAX_NAMES = 5;

async function alertUnreachable(db: TenantDb, customers: readonly Customer[]): Promise<void> {
  if (customers.length === 0) return;
  const names = customers.slice(0, MAX_NAMES).map(({ name }) => name);
  const more = customers.length - names.length;
  const customer = names.join(', ') + (more > 0 ? ` +${more}` : '');
  queueStaffAlert(db, await listStaffWith(db, 'invoices.issue'), {
    template: 'unreachableAlert',
    path: pagePath(customers),
    variables: {
      customer,
      count: String(customers.length),
      ...(customers.some(({ company }) => company === null) && { has_people: 'true' }),
      ...(customers.some(({ company }) => company !== null) && { has_companies: 'true' }),
    },
  });
}

/** Undefined: the list of companies. */
function pagePath(customers: readonly Customer[]): string | undefined {
  const [{ company, user_id }] = customers as [Customer];
  if (customers.length === 1) return company ? `/customers/companies/${company.id}` : `/users/${user_id}`;
  return customers.every((customer) => customer.company === null) ? '/users?email=without' : undefined;
}

export interface StaffAlert {
  template: TemplateName;
  /** Omitted: that of the template. */
  path?: string | undefined;
  variables: Record<string, string>;
}

export function queueStaffAlert(
  db: TenantDb,
  staff: readonly { id: string; email: string }[],
  { template, path, variables }: StaffAlert,
): void {
  const all = path === undefined ? variables : { ...variables, path };
  insertEmails(
    db,
    'staff',
    staff.map(({ id, email }) => ({ user_id: id, to_address: email, template, variables: all })),
  );
}
