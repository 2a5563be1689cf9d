import type { ParsedDeclaration } from '../../src/database/parse-list.ts';
import { auditList } from '../../src/domain/audit/audit-list.ts';
import { companyList } from '../../src/domain/company/company-list.ts';
import { emailList } from '../../src/domain/email/email-list.ts';
import { userList } from '../../src/domain/user/user-list.ts';
import type { Client } from './client.ts';

type Params = Record<string, string>;

/** Every combination of the filters and orders of each list, some of them also with a search, and later pages. */
export async function listPages(staff: Client, companyId: string): Promise<string[]> {
  const users = combinations(userList.declaration);
  const emails = combinations(emailList.declaration);
  const events = combinations(auditList.declaration);
  const orders = combinations({ ...userList.declaration, filters: {} });
  const [day, month] = [dayRange(10, 10), dayRange(40, 10)];
  return [
    ...toPaths('/users', [
      ...users,
      ...withParams(users.filter(hasAtMostOneFilter), { q: 'mary' }),
      ...withParams(orders, { company: companyId }),
      ...withParams(orders, { company: companyId, q: 'mary' }),
    ]),
    ...toPaths(
      '/customers/companies',
      withTerms(combinations(companyList.declaration), ['', 'ab', 'bakery', 'zzzzzz']),
    ),
    ...toPaths('/emails', withTerms(emails, ['', 'a', 'ada.', 'zz'])),
    ...toPaths('/audit-log', [
      ...events,
      ...withParams(events, day),
      ...withTerms(
        events.filter((params) => FREQUENT_AND_RARE.has(params['event'])),
        ['a', 'person number1', 'zzzz'],
      ).flatMap((params) => [params, { ...params, ...day }, { ...params, ...month }]),
    ]),
    ...(await laterPages(staff)),
  ];
}

const FREQUENT_AND_RARE = new Set([undefined, 'user.logged_in', 'terms.published', 'email.queued']);

/** Each filter absent or with each of its choices, in each order. */
function combinations({ orders, filters = {} }: ParsedDeclaration): Params[] {
  const sorts = Object.keys(orders).flatMap((name) => [name, `-${name}`]);
  const chosen = Object.entries(filters).filter(([, { choices }]) => choices !== undefined);
  return chosen.reduce<Params[]>(
    (all, [name, { choices = [] }]) => [
      ...all,
      ...choices.flatMap((value) => withParams(all, { [name]: value })),
    ],
    sorts.map((sort) => ({ sort })),
  );
}

function hasAtMostOneFilter(params: Params): boolean {
  return Object.keys(params).length <= 2;
}

function withParams(all: readonly Params[], params: Params): Params[] {
  return all.map((each) => ({ ...each, ...params }));
}

function withTerms(all: readonly Params[], terms: readonly string[]): Params[] {
  return terms.flatMap((q) => withParams(all, q === '' ? {} : { q }));
}

function toPaths(path: string, all: readonly Params[]): string[] {
  return all.map((params) => `${path}?${new URLSearchParams(params).toString()}`);
}

/** From some days ago, counting back from today. */
function dayRange(firstDaysAgo: number, lastDaysAgo: number): Params {
  const isoDate = (daysAgo: number) => new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10);
  return { from: isoDate(firstDaysAgo), to: isoDate(lastDaysAgo) };
}

/** The second and the last page of each list. */
async function laterPages(staff: Client): Promise<string[]> {
  const lists = [
    ['/users?sort=-created', '/users?sort=created'],
    ['/users?sort=name', '/users?sort=-name'],
    ['/customers/companies?sort=name', '/customers/companies?sort=-name'],
    ['/emails?sort=-created', '/emails?sort=created'],
    ['/audit-log?sort=-at', '/audit-log?sort=at'],
  ] as const;
  const pages = lists.map(async ([path, reversed]) => [
    await withCursorOf(staff, path, path),
    await withCursorOf(staff, reversed, path),
  ]);
  return (await Promise.all(pages)).flat();
}

/** `path` after the first page of `from`: near its end if `from` has the reverse order. */
async function withCursorOf(staff: Client, from: string, path: string): Promise<string> {
  const [, cursor] = /[?&;]after=([\w%.-]+)/.exec((await staff.get(from)).text) ?? [];
  if (cursor === undefined) throw new Error(`${from} has only one page`);
  return `${path}&after=${cursor}`;
}
