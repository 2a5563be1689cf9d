import { expect } from 'chai';
import pg from 'pg';
import { seedDemo } from '../../seeds/demo.ts';
import { HISTORY_STEPS } from '../../seeds/demo/history/history.ts';
import { readConfig } from '../../src/config.ts';
import { openDatabase, type Database } from '../../src/database/pools.ts';
import { verifyLedger } from '../../src/domain/ledger/verify-ledger.ts';
import { createLog } from '../../src/log.ts';
import { demoHistoryKind } from '../../src/tasks/demo-history.ts';
import { runTaskSlot } from '../../src/tasks/run-task.ts';
import { openCommandLine, runPortal, settingsFor, type CommandLine } from '../commands/command-line.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { findViolations } from '../support/money-invariants.ts';

const config = readConfig({ SECRET_KEYS: 'a secret of the tests that is long enough' });

describe('the history of the demo', function () {
  this.timeout(240_000);
  let cli: CommandLine;
  let test: TestDatabase;
  let database: Database;
  let owner: pg.Pool;
  before(async () => {
    cli = await openCommandLine();
    test = await createTestDatabase();
    const { json } = await runPortal(settingsFor(test, cli.folder), ['seed:demo', '--json']);
    expect(json).to.have.property('seeded', true);
    database = await openDatabase({ appUrl: test.urls.app, platformUrl: test.urls.platform });
    owner = new pg.Pool({ connectionString: test.urls.superuser, options: '-c search_path=app' });
    // Autovacuum may have collected statistics when few rows were written.
    await owner.query('analyze');
  });
  after(async () => {
    await owner.end();
    await database.close();
    await test.drop();
    await cli.close();
  });

  const rows = async <Row>(sql: string, values: unknown[] = []) =>
    (await owner.query(sql, values)).rows as Row[];

  const counts = async (table: 'rentals' | 'invoices' | 'requests' | 'units', slug: string) => {
    const found = await rows<{ status: string; n: number }>(
      `select x.status, count(*)::int as n from ${table} x join tenants t on t.id = x.tenant_id
       where t.slug = $1 group by 1`,
      [slug],
    );
    return Object.fromEntries(found.map(({ status, n }) => [status, n]));
  };

  it('is finished when the command returns', async () => {
    expect(await rows('select state, done, error from tasks')).to.deep.equal([
      { state: 'done', done: HISTORY_STEPS, error: null },
      { state: 'done', done: HISTORY_STEPS, error: null },
    ]);
  });

  it('keeps the rules of money and rentals', async () => {
    for (const { id, slug } of await rows<{ id: string; slug: string }>('select id, slug from tenants')) {
      expect(await findViolations(owner, id), slug).to.deep.equal([]);
      expect((await verifyLedger(database, id)).difference, slug).to.equal(null);
    }
  });

  it('has rentals and units in every state for the storage tenant', async () => {
    expect((await counts('rentals', 'acme'))['active']).to.be.within(150, 210);
    expect(await counts('rentals', 'acme')).to.include.keys('active', 'ended', 'reserved');
    expect(await counts('units', 'acme')).to.have.all.keys('available', 'occupied', 'reserved', 'blocked');
    expect(await counts('requests', 'acme')).to.deep.equal({ requested: 3 });
    const [states] = await rows<Record<string, number>>(
      `select count(*) filter (where ends_on is not null)::int as notice,
         count(*) filter (where locked_out_at is not null)::int as locked_out from rentals where status = 'active'`,
    );
    expect(states!['notice']).to.be.greaterThan(4);
    expect(states!['locked_out']).to.be.greaterThan(0);
    const planned = `select 1 from rentals where status = 'reserved' and transferred_from_id is not null`;
    expect(await rows(planned)).to.have.length(1);
  });

  it('has no rentals for the distributor', async () => {
    expect(await counts('rentals', 'najd')).to.deep.equal({});
    expect(await counts('units', 'najd')).to.deep.equal({});
  });

  for (const slug of ['acme', 'najd'])
    it(`has two years of invoices in every state, payments and credit notes in ${slug}`, async () => {
      expect(await counts('invoices', slug)).to.include.keys('draft', 'sent', 'paid');
      const [found] = await rows<Record<string, number>>(
        `select count(*) filter (where i.kind = 'credit_note')::int as credit_notes,
           count(*) filter (where i.status = 'sent' and paid_cents > 0)::int as partly_paid,
           count(*) filter (where i.status = 'sent' and due_on < current_date - 30)::int as overdue,
           count(distinct date_trunc('month', issued_on))::int as months,
           (select count(*)::int from payments p where p.tenant_id = t.id) as payments
         from invoices i join tenants t on t.id = i.tenant_id where t.slug = $1 group by t.id`,
        [slug],
      );
      expect(found!['months']).to.be.within(24, 25);
      expect(found!['payments']).to.be.greaterThan(500);
      for (const name of ['credit_notes', 'partly_paid', 'overdue'])
        expect(found![name], name).to.be.greaterThan(0);
    });

  for (const slug of ['acme', 'najd'])
    it(`has cards, receipts, failures, disputes, schedules and autopay in ${slug}`, async () => {
      const [found] = await rows<Record<string, number>>(
        `select (select count(*)::int from payment_methods m where m.tenant_id = t.id) as methods,
           (select count(*)::int from billing_accounts b where b.tenant_id = t.id and b.autopay_since is not null) as autopay,
           (select count(*)::int from short_payments s where s.tenant_id = t.id and s.status = 'open') as disputes,
           count(*) filter (where p.status = 'succeeded')::int as succeeded,
           count(*) filter (where p.status = 'failed')::int as failed,
           count(*) filter (where p.status = 'scheduled')::int as scheduled
         from payments p join tenants t on t.id = p.tenant_id
         where t.slug = $1 and p.gateway_id is not null group by t.id`,
        [slug],
      );
      for (const [name, count] of Object.entries(found!)) expect(count, name).to.be.greaterThan(0);
    });

  it('has a charge at the sandbox for each payment by it', async () => {
    const different = await rows(
      `select p.id from payments p full join sandbox_charges c on c.tenant_id = p.tenant_id and c.id::text = p.gateway_object_id
       where (p.channel = 'sandbox' and p.status <> 'scheduled' or c.id is not null)
         and (p.status, p.amount_cents) is distinct from (c.status, c.amount_cents)`,
    );
    expect(different).to.eql([]);
    expect(await rows('select id from sandbox_events')).to.eql([]);
  });

  it('has deposits, insurance, late fees and transfers of the storage tenant', async () => {
    const kinds = await rows<{ kind: string }>('select distinct kind from invoice_lines order by 1');
    expect(kinds.map(({ kind }) => kind)).to.include.members([
      'deposit',
      'insurance',
      'item',
      'late_fee',
      'proration',
      'rent',
    ]);
  });

  for (const [customer, rentals] of [
    ['ada.obi@example.com', 2],
    ['kofi.mensah@example.com', 1],
    ['Bright & Daughters Catering', 2],
    ['Harbour Lane Books', 1],
    ['Kestrel Event Hire', 2],
  ] as const)
    it(`gives ${customer} ${rentals === 1 ? 'a unit' : `${rentals} units`} and invoices`, async () => {
      const [found] = await rows(
        `select count(distinct r.id)::int as rentals, count(distinct i.id) > 3 as has_invoices from billing_accounts b
         left join users u on u.tenant_id = b.tenant_id and u.id = b.user_id
         left join companies c on c.tenant_id = b.tenant_id and c.id = b.company_id
         left join rentals r on r.tenant_id = b.tenant_id and r.billing_account_id = b.id and r.status = 'active'
         left join invoices i on i.tenant_id = b.tenant_id and i.billing_account_id = b.id and i.status = 'paid'
         where coalesce(u.email, c.name) = $1`,
        [customer],
      );
      expect(found).to.deep.equal({ rentals, has_invoices: true });
    });

  it('gives the customers with a login open invoices too', async () => {
    const open = await rows<{ name: string }>(
      `select distinct coalesce(u.email, c.name) as name from billing_accounts b
       left join users u on u.tenant_id = b.tenant_id and u.id = b.user_id
       left join companies c on c.tenant_id = b.tenant_id and c.id = b.company_id
       join invoices i on i.tenant_id = b.tenant_id and i.billing_account_id = b.id and i.status = 'sent'
       where coalesce(u.email, c.name) in ('ada.obi@example.com', 'مطاعم واحة الرياض', 'مقهى سدرة') order by 1`,
    );
    expect(open).to.have.length(3);
  });

  it('gives customers with a login payment methods, with and without autopay, and something to pay', async () => {
    const found = await rows(
      `select coalesce(u.email, c.name) as name, b.autopay_since is not null as has_autopay, m.last4,
         b.receivable_cents > 0 as owes
       from payment_methods m
       join billing_accounts b on b.tenant_id = m.tenant_id and b.id = m.billing_account_id
       left join users u on u.tenant_id = b.tenant_id and u.id = b.user_id
       left join companies c on c.tenant_id = b.tenant_id and c.id = b.company_id
       where m.is_default and coalesce(u.email, c.name) = any($1) order by 1`,
      [['ada.obi@example.com', 'Bright & Daughters Catering', 'Harbour Lane Books']],
    );
    expect(found).to.deep.equal([
      { name: 'Bright & Daughters Catering', has_autopay: false, last4: '4444', owes: true },
      { name: 'Harbour Lane Books', has_autopay: true, last4: '4242', owes: true },
      { name: 'ada.obi@example.com', has_autopay: true, last4: '4242', owes: true },
    ]);
  });

  it('shows the income of each month on the dashboard when it is finished', async () => {
    const figures = await rows<{ months: number }>(
      `select jsonb_array_length(figures->'income') as months from dashboard_summaries`,
    );
    expect(figures).to.deep.equal([{ months: 12 }, { months: 12 }]);
  });

  it('emails no customer and adds no audit event of an action', async () => {
    const [emails] = await rows<{ n: number }>(
      `select count(*)::int as n from emails where state = 'queued' and template not in
         ('accountActivation', 'accountInvitation', 'resetPassword', 'setPassword')`,
    );
    expect(emails!.n).to.equal(0);
    const events = await rows(`select event from audit_events where event ~ '^(rental|invoice|payment)'`);
    expect(events).to.deep.equal([]);
  });

  it('continues with the next month after an interruption', async () => {
    const other = await createTestDatabase();
    const pools = await openDatabase({ appUrl: other.urls.app, platformUrl: other.urls.platform });
    await seedDemo(pools, config);
    const { rows: tenants } = await pools.platform.query(`select id from tenants where slug = 'najd'`);
    const { id } = tenants[0] as { id: string };
    const deps = { database: pools, log: createLog('error'), kinds: { 'demo-history': demoHistoryKind } };
    const months = async () =>
      (
        await pools.platform.query(
          `select (select done from tasks where tenant_id = $1)::int as done,
             (select count(distinct date_trunc('month', issued_on))::int from invoices where tenant_id = $1) as months`,
          [id],
        )
      ).rows[0] as object;
    for (const done of [1, 2, 3]) {
      await runTaskSlot(deps, id, { isStopping: () => true });
      expect(await months()).to.deep.equal({ done, months: done });
    }
    await pools.close();
    await other.drop();
  });
});
