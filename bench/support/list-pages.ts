import type { AnyRead } from '../../src/database/in-tenant.ts';
import type { Filter } from '../../src/database/list-filters.ts';
import type { List } from '../../src/database/list.ts';
import type { Filters, ParsedDeclaration } from '../../src/database/parse-list.ts';
import type { TenantDb } from '../../src/database/tenant-db.ts';
import { auditList } from '../../src/domain/audit/audit-list.ts';
import { companyList } from '../../src/domain/company/company-list.ts';
import type { CustomField } from '../../src/domain/custom-field/custom-field-queries.ts';
import { FIELD_PREFIX, listWithFields } from '../../src/domain/custom-field/field-list.ts';
import { emailList } from '../../src/domain/email/email-list.ts';
import { invoiceList } from '../../src/domain/invoice/invoice-list.ts';
import { paymentList } from '../../src/domain/payment/payment-list.ts';
import { rentalList } from '../../src/domain/rental/rental-list.ts';
import { requestList } from '../../src/domain/request/request-list.ts';
import { taskList } from '../../src/domain/task/task-list.ts';
import { unitList } from '../../src/domain/unit/unit-list.ts';
import { userList } from '../../src/domain/user/user-list.ts';
import type { TestTenant } from '../../test/support/factories.ts';
import type { Bench } from './bench.ts';
import type { Client } from './client.ts';

type Params = Record<string, string>;

/** `terms`: rare, common, none, the beginning and the middle of a word, two words, keys. */
function measured<Row extends { id: string }, Given extends Filters, Within extends string>(
  list: List<Row, TenantDb, Given, Within>,
  terms: readonly string[] = [],
) {
  return {
    terms,
    withFields: (fields: readonly CustomField[]) => {
      const extended = listWithFields(list, fields);
      const read = (db: TenantDb, params: Params, within = {} as Record<Within, string>): AnyRead =>
        extended.counted(db, extended.parse(params, { within }).query);
      return { declaration: extended.declaration as ParsedDeclaration, read };
    },
  };
}

const lists = {
  '/users': measured(userList, [
    'mary',
    'zzz',
    'ada an',
    'mary smith bakery',
    '"mary smith"',
    '-access:active mary',
    'companyName:bakery',
    'company:silva',
    'phone:0001',
    'email:ada.',
    'access:bounced',
  ]),
  '/customers/companies': measured(companyList, [
    'ab',
    'bakery',
    'zzzzzz',
    'code:c-99',
    '-bakery',
    'email:ada.',
  ]),
  '/units': measured(unitList, ['a10', 'zz']),
  '/rentals': measured(rentalList, ['a10', 'zz']),
  '/invoices': measured(invoiceList, ['inv-10', 'zz']),
  '/payments': measured(paymentList),
  '/requests': measured(requestList),
  '/emails': measured(emailList, ['a', 'ada.', 'zz']),
  '/tasks': measured(taskList),
  '/audit-log': measured(auditList, ['a', 'person number1', 'zzzz']),
};

/** Filters whose values are ids, with queries of a tenant's values: a common one and, where there is one, a rare one. */
const idQueries: Record<string, readonly string[]> = {
  company: ['select company_id from memberships where tenant_id = $1 limit 1'],
  customer: [
    'select user_id from billing_accounts where tenant_id = $1 and user_id is not null limit 1',
    'select company_id from billing_accounts where tenant_id = $1 and company_id is not null limit 1',
  ],
  label: [
    `select id from labels where tenant_id = $1 and name_norm = 'common'`,
    `select id from labels where tenant_id = $1 and name_norm = 'old'`,
  ],
  // An import whose users were deleted: most have none.
  import: [`select '00000000-0000-7000-8000-000000000000' where $1::uuid is not null`],
  object: ['select target_id from audit_events where tenant_id = $1 limit 1'],
  parent: ['select id from companies where tenant_id = $1 order by code limit 1'],
  role: ['select id from roles where tenant_id = $1 order by code limit 1'],
  site: ['select id from sites where tenant_id = $1 order by name limit 1'],
  user: ['select target_id from audit_events where tenant_id = $1 limit 1'],
  unit_type: ['select id from unit_types where tenant_id = $1 order by name limit 1'],
};

/** Pages of every list, of `paramsOfLists` and later ones. Those of two tenants are in the same order. */
export async function listPages(bench: Bench, staff: Client, tenant: TestTenant): Promise<string[]> {
  const pages = await paramsOfLists(bench, tenant);
  const paths = pages.map(({ path, params }) => `${path}?${new URLSearchParams(params).toString()}`);
  return [...paths, ...(await laterPages(staff))];
}

type Tenant = Pick<TestTenant, 'id'>;

interface ListPage {
  path: string;
  params: Params;
  read: (db: TenantDb, params: Params) => AnyRead;
}

/** Of every list: each filter in each order, each pair of filters in two orders, and each search with each filter. */
export async function paramsOfLists(bench: Pick<Bench, 'owner'>, tenant: Tenant): Promise<ListPage[]> {
  const { rows: fields } = await bench.owner.query<CustomField>(
    'select * from custom_fields where tenant_id = $1 order by position',
    [tenant.id],
  );
  const pages = [];
  for (const [path, { terms, withFields }] of Object.entries(lists)) {
    const { declaration, read } = withFields(fields);
    const values = await filterValues(bench, tenant, declaration);
    pages.push(...combinations(declaration, values, terms).map((params) => ({ path, params, read })));
  }
  return pages;
}

async function filterValues(
  bench: Pick<Bench, 'owner'>,
  tenant: Tenant,
  { filters = {} }: ParsedDeclaration,
): Promise<Params[]> {
  const values = [];
  for (const [name, filter] of Object.entries(filters))
    for (const value of await valuesOf(bench, tenant, name, filter)) values.push({ [name]: value });
  return values;
}

async function valuesOf(
  { owner }: Pick<Bench, 'owner'>,
  tenant: Tenant,
  name: string,
  { choices, isRange }: Filter,
): Promise<readonly string[]> {
  if (choices) return choices;
  if (isRange) return [`${daysAgo(10)}..${daysAgo(5)}`, `..${daysAgo(390)}`];
  if (name === 'from' || name === 'to') return [daysAgo(40)];
  if (name === 'year') return [daysAgo(0).slice(0, 4)];
  // The beginnings of all and of none.
  if (name.startsWith(FIELD_PREFIX)) return ['l', 'zz'];
  const queries = idQueries[name];
  if (!queries) throw new Error(`The filter ${name} has no measured values`);
  const found = await Promise.all(
    queries.map(async (query) => {
      const { rows } = await owner.query<string[]>({ text: query, values: [tenant.id], rowMode: 'array' });
      return rows[0]?.[0] ?? [];
    }),
  );
  return found.flat();
}

function combinations(
  { orders, defaultSort }: ParsedDeclaration,
  values: readonly Params[],
  terms: readonly string[],
): Params[] {
  const sorts = Object.keys(orders).flatMap((name) => [name, `-${name}`]);
  const single: Params[] = [{}, ...values];
  const other = sorts.find((sort) => sort.replace('-', '') !== defaultSort.replace('-', '')) ?? sorts[0]!;
  return [
    ...single.flatMap((filter) => sorts.map((sort) => ({ ...filter, sort }))),
    ...pairs(values).flatMap((filter) => [{ ...filter }, { ...filter, sort: other }]),
    ...terms.flatMap((q) => single.map((filter) => ({ ...filter, q }))),
  ];
}

/** Two values of one filter are no pair. */
function pairs(values: readonly Params[]): Params[] {
  return values.flatMap((one, n) =>
    values
      .slice(n + 1)
      .filter((two) => Object.keys(one)[0] !== Object.keys(two)[0])
      .map((two) => ({ ...one, ...two })),
  );
}

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
}

/** The second and the last page of each list. */
async function laterPages(staff: Client): Promise<string[]> {
  const orders = [
    ['/users?sort=-created', '/users?sort=created'],
    ['/users?sort=name', '/users?sort=-name'],
    ['/customers/companies?sort=name', '/customers/companies?sort=-name'],
    ['/units?sort=code', '/units?sort=-code'],
    ['/rentals?sort=-created', '/rentals?sort=created'],
    ['/invoices?sort=-created', '/invoices?sort=created'],
    ['/payments?sort=-received', '/payments?sort=received'],
    ['/emails?sort=-created', '/emails?sort=created'],
    ['/audit-log?sort=-at', '/audit-log?sort=at'],
  ] as const;
  const pages = [];
  for (const [path, reversed] of orders)
    pages.push(await withCursorOf(staff, path, path), await withCursorOf(staff, reversed, path));
  return pages;
}

/** `path` after the first page of `from`: near its end if `from` has the reverse order. */
async function withCursorOf(staff: Client, from: string, path: string): Promise<string> {
  const [, cursor] = /[?&;]after=([\w%.-]+)/.exec((await staff.get(from)).text) ?? [];
  if (cursor === undefined) throw new Error(`${from} has only one page`);
  return `${path}&after=${cursor}`;
}
