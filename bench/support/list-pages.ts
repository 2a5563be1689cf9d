import type { Filter } from '../../src/database/list-filters.ts';
import type { ParsedDeclaration } from '../../src/database/parse-list.ts';
import { auditList } from '../../src/domain/audit/audit-list.ts';
import { companyList } from '../../src/domain/company/company-list.ts';
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

interface MeasuredList {
  list: { declaration: ParsedDeclaration };
  /** Rare, common, none, the beginning and the middle of a word, two words, keys. */
  terms?: readonly string[];
}

const lists: Record<string, MeasuredList> = {
  '/users': {
    list: userList,
    terms: [
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
    ],
  },
  '/customers/companies': {
    list: companyList,
    terms: ['ab', 'bakery', 'zzzzzz', 'code:c-99', '-bakery', 'email:ada.'],
  },
  '/units': { list: unitList, terms: ['a10', 'zz'] },
  '/rentals': { list: rentalList, terms: ['a10', 'zz'] },
  '/invoices': { list: invoiceList, terms: ['inv-10', 'zz'] },
  '/payments': { list: paymentList },
  '/requests': { list: requestList },
  '/emails': { list: emailList, terms: ['a', 'ada.', 'zz'] },
  '/tasks': { list: taskList },
  '/audit-log': { list: auditList, terms: ['a', 'person number1', 'zzzz'] },
};

/** Filters whose values are ids, with queries of a tenant's values: a common one and, where there is one, a rare one. */
const idQueries: Record<string, readonly string[]> = {
  company: ['select company_id from memberships where tenant_id = $1 limit 1'],
  customer: ['select user_id from billing_accounts where tenant_id = $1 limit 1'],
  object: ['select target_id from audit_events where tenant_id = $1 limit 1'],
  role: ['select id from roles where tenant_id = $1 order by code limit 1'],
  site: ['select id from sites where tenant_id = $1 order by name limit 1'],
  unit_type: ['select id from unit_types where tenant_id = $1 order by name limit 1'],
};

/**
 * Pages of every list: each filter in each order, each pair of filters in two orders, each search with each filter, and later
 * pages. Those of two tenants are in the same order.
 */
export async function listPages(bench: Bench, staff: Client, tenant: TestTenant): Promise<string[]> {
  const pages = [];
  for (const [path, { list, terms = [] }] of Object.entries(lists)) {
    const values = await filterValues(bench, tenant, list.declaration);
    pages.push(...toPaths(path, combinations(list.declaration, values, terms)));
  }
  return [...pages, ...(await laterPages(staff))];
}

async function filterValues(
  bench: Bench,
  tenant: TestTenant,
  { filters = {} }: ParsedDeclaration,
): Promise<Params[]> {
  const values = [];
  for (const [name, filter] of Object.entries(filters))
    for (const value of await valuesOf(bench, tenant, name, filter)) values.push({ [name]: value });
  return values;
}

async function valuesOf(
  { owner }: Bench,
  tenant: TestTenant,
  name: string,
  { choices, isRange }: Filter,
): Promise<readonly string[]> {
  if (choices) return choices;
  if (isRange) return [`${daysAgo(10)}..${daysAgo(5)}`, `..${daysAgo(390)}`];
  if (name === 'from' || name === 'to') return [daysAgo(40)];
  if (name === 'year') return [daysAgo(0).slice(0, 4)];
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

function toPaths(path: string, all: readonly Params[]): string[] {
  return all.map((params) => `${path}?${new URLSearchParams(params).toString()}`);
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
