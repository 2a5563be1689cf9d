import { expect } from 'chai';
import { fillLargeTenant } from '../../bench/support/fill-large-tenant.ts';
import { paramsOfLists } from '../../bench/support/list-pages.ts';
import { readTenant, settingsOf, type AnyRead } from '../../src/database/in-tenant.ts';
import type { ReadRows } from '../../src/database/list.ts';
import { NIL_ID } from '../../src/database/new-id.ts';
import type { PagePosition } from '../../src/database/paginate.ts';
import type { Params } from '../../src/database/parse-list.ts';
import { nativeStatement } from '../../src/database/statement.ts';
import { TenantDb } from '../../src/database/tenant-db.ts';
import { auditList, type ListedAuditEvent } from '../../src/domain/audit/audit-list.ts';
import { companyList } from '../../src/domain/company/company-list.ts';
import { emailList } from '../../src/domain/email/email-list.ts';
import { invoiceList } from '../../src/domain/invoice/invoice-list.ts';
import { paymentList } from '../../src/domain/payment/payment-list.ts';
import { rentalList } from '../../src/domain/rental/rental-list.ts';
import { userList } from '../../src/domain/user/user-list.ts';
import { createTenant, type TestTenant } from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { countRowsRead, countRowsScanned, readAsTenant } from '../support/rows-read.ts';

const SIZE = {
  users: 20_000,
  companies: 20_000,
  emails: 20_000,
  events: 40_000,
  months: 60,
  rentals: 6_000,
  hasCustomFields: true,
  hasLabels: true,
};

const users = (params: Params) => (db: TenantDb) => userList.counted(db, userList.parse(params).query);
const companies = (params: Params) => (db: TenantDb) =>
  companyList.counted(db, companyList.parse(params).query);
const invoices = (params: Params) => (db: TenantDb) =>
  invoiceList.counted(db, invoiceList.parse(params).query);
const payments = (params: Params) => (db: TenantDb) =>
  paymentList.counted(db, paymentList.parse(params).query);
const rentals = (params: Params) => (db: TenantDb) => rentalList.counted(db, rentalList.parse(params).query);
const emails = (params: Params) => (db: TenantDb) => emailList.counted(db, emailList.parse(params).query);
const events = (params: Params) => (db: TenantDb) => auditList.rows(db, auditList.parse(params).query);

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

const OLD_DAYS = `${daysAgo(280)}..${daysAgo(250)}`;

/** The table, the rows of it that the page may read, and the page. */
const pages: Record<string, [string, number, (db: TenantDb) => AnyRead]> = {
  'users by name': ['users', 1_100, users({ sort: 'name' })],
  'users of one rare filter by name': ['users', 300, users({ view: 'disabled', sort: 'name' })],
  'users of two rare filters by name': [
    'users',
    300,
    users({ view: 'disabled', access: 'bounced', sort: 'name' }),
  ],
  'users of two rare filters by address': [
    'users',
    300,
    users({ status: 'disabled', access: 'revoked', sort: '-email' }),
  ],
  'users that are active and not activated': [
    'users',
    100,
    users({ view: 'not-activated', access: 'active', sort: 'name' }),
  ],
  'enabled users whose invitation has not expired': [
    'users',
    100,
    users({ access: 'invited', status: 'enabled', sort: 'created' }),
  ],
  'users created before a day, by name': ['users', 100, users({ created: '..2020-01-01', sort: 'name' })],
  'users created before a day': ['users', 100, users({ created: '..2020-01-01' })],
  'users of a role without users, by name': ['users', 100, users({ role: NIL_ID, sort: 'name' })],
  'users of a role without users': ['users', 100, users({ role: NIL_ID })],
  'users containing a term of no user': ['users', 3_100, users({ q: 'zzz', sort: 'name' })],
  'users containing a term of every user': ['users', 1_300, users({ q: 'example.com', sort: 'name' })],
  'companies containing a term of no company': ['companies', 3_100, companies({ q: 'zzz' })],
  'companies containing a term of many companies': ['companies', 5_500, companies({ q: 'bakery' })],
  'companies that rent, by code': ['companies', 2_300, companies({ renting: 'yes', sort: 'code' })],
  'rentals that are locked out': ['rentals', 100, rentals({ locked: 'out' })],
  'payments of a channel without payments': ['payments', 100, payments({ channel: 'other' })],
  'invoices with a number that many begin with': ['invoices', 2_200, invoices({ q: 'inv-1' })],
  'invoices due in old days': ['invoices', 1_400, invoices({ due: OLD_DAYS })],
  'emails created before a day': ['emails', 100, emails({ created: '..2020-01-01' })],
  'emails of one rare state': ['emails', 300, emails({ state: 'failed' })],
  'emails of one rare state to an address': ['emails', 300, emails({ state: 'failed', q: 'ada.urb' })],
  events: ['audit_events', 100, events({})],
  'events of one kind': ['audit_events', 100, events({ event: 'user.updated' })],
  'events of actors with many events': ['audit_events', 1_000, events({ q: 'person' })],
  'events of one kind of actors with many events': [
    'audit_events',
    1_000,
    events({ q: 'person', event: 'user.updated' }),
  ],
  'events of one rare kind of actors with many events': [
    'audit_events',
    100,
    events({ q: 'person', event: 'terms.published' }),
  ],
  'events of one object': ['audit_events', 100, events({ object: NIL_ID })],
  'events of actors with few events': ['audit_events', 300, events({ q: 'ada' })],
  'the oldest events of actors with few events': ['audit_events', 300, events({ q: 'ada', sort: 'at' })],
};

/** The rows that each page of the filters of a list may read in all tables. */
const MAX_SCANNED: Readonly<Record<string, number>> = {
  '/users': 8_000,
  '/customers/companies': 8_000,
  '/rentals': 7_000,
  '/invoices': 4_500,
  '/payments': 8_000,
  '/requests': 4_500,
  '/units': 4_500,
};

/** Pairs of filters and searches also of the lists with fewer filters. */
function isScanned({ path, params }: { path: string; params: Params }): boolean {
  const { sort: _sort, ...filters } = params;
  return ['/users', '/customers/companies'].includes(path) ? Object.keys(filters).length < 2 : true;
}

describe('pages of a large tenant', function () {
  this.timeout(120_000);
  let portal: OwnPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
    await fillLargeTenant(portal.urls.superuser, tenant.id, SIZE);
  });
  after(() => portal.close());

  const db = () => new TenantDb(portal.database.knex, tenant.id);

  for (const [name, [table, limit, page]] of Object.entries(pages)) {
    it(`read at most ${limit} rows of ${table} for ${name}`, async () => {
      const statement = nativeStatement(page(db()).toSQL());
      const read = await readAsTenant(portal, tenant.id, async (client) => {
        for (const setting of settingsOf([statement])) await client.query(setting);
        return countRowsRead(client, table, () => client.query(statement.text, statement.values));
      });
      expect(read).to.be.at.most(limit);
    });
  }

  for (const [path, limit] of Object.entries(MAX_SCANNED))
    it(`of ${path} read at most ${limit} rows`, async () => {
      const all = await paramsOfLists(portal, tenant);
      const scanned = [];
      for (const { params, read } of all.filter((each) => each.path === path && isScanned(each))) {
        const rows = await readAsTenant(portal, tenant.id, (client) =>
          countRowsScanned(client, read(db(), params)),
        );
        scanned.push({ params: new URLSearchParams(params).toString(), rows });
      }
      expect(scanned.filter(({ rows }) => rows > limit)).to.eql([]);
      expect(scanned).to.have.length.above(20);
    });

  for (const due of [OLD_DAYS, `..${daysAgo(260)}`, `${daysAgo(20)}..`, '2001-01-01..2001-12-31'])
    it(`show the first invoices due in ${due} in both orders`, async () => {
      const [from, to] = due.split('..') as [string, string];
      for (const [sort, direction] of [
        ['created', 'asc'],
        ['-created', 'desc'],
      ] as const) {
        const expected = await portal.owner.query<{ id: string }>(
          `select id from invoices where tenant_id = $1 and due_on between $2 and $3 order by id ${direction} limit 26`,
          [tenant.id, from || '-infinity', to || 'infinity'],
        );
        const { query } = invoiceList.parse({ due, sort });
        const [rows] = await readTenant(portal.database, tenant.id, (each) => [
          invoiceList.rows(each, query),
        ]);
        expect(rows.map(({ id }) => id)).to.eql(expected.rows.map(({ id }) => id));
      }
    });

  const MIDDLE = new Date(Date.now() - 30 * 30 * 86_400_000).toISOString();
  const pageAfter = (time: string): PagePosition => ({
    side: 'after',
    values: [time.replace('T', ' ').replace('Z', '+00'), NIL_ID],
  });

  it('of the audit log are planned for the partitions of a few months', async () => {
    const queries = [
      {},
      { object: NIL_ID },
      { event: 'user.updated' },
      { q: 'ada' },
      { q: 'person', event: 'user.updated' },
    ];
    for (const params of [...queries, { to: MIDDLE.slice(0, 10) }, { to: '9999-12-31' }])
      for (const place of [null, pageAfter(MIDDLE), pageAfter('9000-01-01T00:00:00Z')]) {
        const read = auditList.rows(db(), auditList.parse(params).query, place);
        const partitions = await readAsTenant(portal, tenant.id, async (client) => {
          const { sql, bindings } = read.toSQL().toNative();
          const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, [...bindings]);
          const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
          return new Set(plan.match(/ on audit_events_\d{6}/g));
        });
        const name = JSON.stringify([params, place]);
        // The months before and of the page, and three that exist in advance.
        expect(partitions.size, name).to.be.within(1, 5);
      }
  });

  for (const params of [{}, { q: 'ada an' }, { event: 'terms.published' }])
    it(`of the audit log show no event after the last day of ${JSON.stringify(params)}`, async () => {
      const { query } = auditList.parse({ ...params, to: MIDDLE.slice(0, 10) });
      const [first, afterNewest] = await readTenant(portal.database, tenant.id, (each) => [
        auditList.rows(each, query),
        auditList.rows(each, query, pageAfter(new Date().toISOString())),
      ]);
      expect(first).to.not.eql([]);
      expect(afterNewest).to.eql(first);
    });

  for (const params of [
    {},
    { event: 'user.created' },
    { q: 'person number 2' },
    { event: 'user.logged_in', q: 'ada an' },
  ])
    it(`of the audit log show all events of ${JSON.stringify(params)} in order`, async () => {
      const { event, q } = { event: null, q: null, ...params };
      const expected = await portal.owner.query<{ id: string }>(
        `select id from audit_events where tenant_id = $1 and ($2::text is null or event = $2)
           and ($3::text[] is null or actor_id in (
             select id from users where tenant_id = $1 and search_text like all ($3) order by id desc limit 200))
         order by at desc, id desc`,
        [tenant.id, event, q?.split(' ').map((word) => (word.length < 3 ? `% ${word}%` : `%${word}%`))],
      );
      const ids: string[] = [];
      const read: ReadRows<ListedAuditEvent, TenantDb> = (build) =>
        readTenant(portal.database, tenant.id, build);
      for await (const batch of auditList.ids(read, auditList.parse(params).query)) ids.push(...batch);
      expect(ids).to.eql(expected.rows.map(({ id }) => id));
      expect(ids).to.have.length.above(10);
    });
});
