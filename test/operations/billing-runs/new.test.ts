import { expect } from 'chai';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import { getBilling } from '../../../src/domain/billing/billing-settings.ts';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { tables } from '../../../src/database/tables.ts';
import { createCompany, type TestTenant } from '../../support/factories.ts';
import { TestRuns } from '../../support/billing-runs.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { accepted } from '../../support/rentals.ts';
import { sql } from '../../support/rows.ts';

describe('Bill rentals', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  let runs: TestRuns;
  let today: string;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
    today = (await inTenant(portal.database, tenant.id, getBilling)).today;
  });
  beforeEach(async () => {
    runs = new TestRuns(portal, tenant, await createCompany(portal, tenant));
  });

  const countRows = async () => {
    const counts: Record<string, number> = {};
    // The request itself renews the login.
    for (const table of Object.keys(tables).filter((name) => !/session|form_keys/.test(name)))
      counts[table] = (await sql<{ n: number }>(portal, `select count(*)::int as n from ${table}`))[0]!.n;
    return counts;
  };

  it('shows what would be billed up to a day, with its sum, and stores nothing', async () => {
    const { rental } = accepted(await runs.moveIn(addDays(today, -40), { today: addDays(today, -40) }));
    const counts = await countRows();
    const page = await (
      await manager.visit('/billing-runs/new')
    ).submit('Show what would be billed', { 'Bill as of': addDays(today, 30) });
    expect(page.rows(runs.company.name).length).to.be.within(1, 3);
    expect(page.rows(runs.company.name)[0]).to.include('$100.00');
    expect(await countRows()).to.eql(counts);
    expect(await runs.periods(rental.id)).to.have.length(1);
  });

  it('shows the sum of each month, and the first 25 invoices', async () => {
    for (const days of [-1, -2, -3])
      accepted(await runs.moveIn(addDays(today, days), { today: addDays(today, days) }));
    const page = await manager.visit(`/billing-runs/new?as_of=${addDays(today, 360)}`);
    const [, total] = /Invoices (\d+) Total/.exec(page.text)!;
    expect(Number(total)).to.be.above(30);
    const months = page.rows().filter((row: string) => /^[A-Z][a-z]+ \d{4} \d+ \$/.test(row));
    const counts = months.map((row: string) => Number(row.split(' ')[2]));
    expect(counts.reduce((sum: number, count: number) => sum + count, 0)).to.equal(Number(total));
    expect(page.text).to.include('The first 25. The file has every invoice.');
    expect(page.rows()).to.have.length(months.length + 25);
  });

  it('says that a run bills through today, and when the other runs are', async () => {
    const { text } = await manager.visit('/billing-runs/new?as_of=2026-03-31');
    const day = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' }).format(
      new Date(today),
    );
    expect(text).to.include(`bills every period that is due by today, ${day}`);
    expect(text).to.include(
      'Late fees run at 01:00, autopay at 09:00, reminders at 14:00, and statements at 08:00',
    );
  });

  it('shows the same as the run then bills', async () => {
    accepted(await runs.moveIn(addDays(today, -100), { today: addDays(today, -100) }));
    const page = await manager.visit(`/billing-runs/new?as_of=${today}`);
    const shown = page.rows(runs.company.name).length;
    expect(shown).to.be.within(2, 4);
    await runs.bill(today);
    const rows = await sql(
      portal,
      `select 1 from invoices i join billing_accounts b on b.id = i.billing_account_id where b.company_id = $1`,
      [runs.company.id],
    );
    expect(rows).to.have.length(shown + 1);
    expect((await manager.visit(`/billing-runs/new?as_of=${today}`)).rows(runs.company.name)).to.eql([]);
  });

  it('exports every invoice as CSV', async () => {
    accepted(await runs.moveIn(addDays(today, -40), { today: addDays(today, -40) }));
    const file = await manager.visit(`/billing-runs/new?as_of=${today}&format=csv`);
    expect(file.headers['content-type']).to.match(/^text\/csv/);
    const lines = file.html.split('\r\n');
    expect(lines[0]).to.include('Issued,Due,Customer,Units,From,To,Amount,Currency,Draft');
    expect(lines.filter((line: string) => line.includes(`,${runs.company.name},`))[0]).to.match(
      /,100\.00,USD,no$/,
    );
  });

  it('refuses days that do not exist or are beyond a year', async () => {
    const errorsOf = async (day: string) => (await manager.visit(`/billing-runs/new?as_of=${day}`)).errors;
    expect(await errorsOf('2026-02-30')).to.eql(['Enter a day that exists']);
    expect(await errorsOf(addDays(today, 400))).to.eql(['Enter a day within a year']);
  });

  it('starts a run once when the form is sent twice', async () => {
    const form = await manager.visit('/billing-runs/new');
    const first = await form.submit('Bill now');
    expect(first.path).to.match(/^\/tasks\//);
    expect((await form.submit('Bill now')).path).to.equal(first.path);
  });
});
