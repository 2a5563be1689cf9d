import { expect } from 'chai';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { advanceRun } from '../../../src/domain/billing-run/advance-run.ts';
import { getBilling } from '../../../src/domain/billing/billing-settings.ts';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import { TestRuns } from '../../support/billing-runs.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { accepted } from '../../support/rentals.ts';
import { sql } from '../../support/rows.ts';

describe('the billing run of rentals', () => {
  let portal: TestPortal;
  let runs: TestRuns;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    runs = await TestRuns.create(portal);
  });

  const moveIn = async (on: string, values = {}) => accepted(await runs.moveIn(on, values)).rental.id;

  const numbers = async () =>
    (
      await sql<{ number: string }>(
        portal,
        'select number::text from invoices where tenant_id = $1 and number is not null order by invoices.number',
        [runs.tenant.id],
      )
    ).map(({ number }) => Number(number));

  it('bills each period that is due once, also when it runs twice', async () => {
    const id = await moveIn('2026-01-15');
    for (const day of ['2026-02-14', '2026-02-15', '2026-02-15', '2026-02-16']) await runs.bill(day);
    expect(await runs.periods(id)).to.eql(['2026-01-15 2026-02-14 10000', '2026-02-15 2026-03-14 10000']);
    expect(await runs.runs()).to.deep.include({
      local_date: '2026-02-15',
      status: 'finished',
      invoices: 1,
      amount: '10000',
      errors: 0,
      failures: [],
    });
  });

  it('bills each period once when it runs several times at once, without a gap in the numbers', async () => {
    const ids = [];
    for (let n = 0; n < 12; n++) ids.push(await moveIn('2026-01-15'));
    await Promise.all([1, 2, 3, 4].map(() => runs.bill('2026-02-15')));
    for (const id of ids) expect(await runs.periods(id)).to.have.length(2);
    expect(await numbers()).to.eql(Array.from({ length: 24 }, (_, n) => n + 1));
    const [run] = await runs.runs();
    expect(run).to.include({ invoices: 12, amount: '120000', errors: 0 });
  });

  it('bills missed periods late, each with its own invoice that is due from the day of issue', async () => {
    await runs.set({ payment_terms_days: 14 });
    const id = await moveIn('2026-01-05');
    await runs.bill('2026-04-20');
    const invoices = await runs.invoices(id);
    expect(invoices.map(({ due_on }) => due_on)).to.eql([
      '2026-01-19',
      '2026-05-04',
      '2026-05-04',
      '2026-05-04',
    ]);
    expect((await runs.periods(id)).map((text) => text.slice(0, 10))).to.eql([
      '2026-01-05',
      '2026-02-05',
      '2026-03-05',
      '2026-04-05',
    ]);
  });

  it('issues the rest of a run that was interrupted for days on the day on which it continues', async () => {
    const { today } = await inTenant(portal.database, runs.tenant.id, getBilling);
    const start = addDays(today, -40);
    const id = await moveIn(start);
    const progress = {
      local_date: addDays(today, -9),
      step: 3,
      after: null,
      processed: 0,
      invoices: 0,
      amount: '0',
      errors: 0,
      failures: [],
      state: 'running' as const,
    };
    await inTenant(portal.database, runs.tenant.id, (db) => advanceRun(db, { kind: 'rent' }, progress));
    expect((await runs.invoices(id)).map(({ due_on }) => due_on)).to.eql([start, today]);
  });

  it('bills a rental of the 31st on the last day of shorter months', async () => {
    const id = await moveIn('2026-01-31');
    for (const day of ['2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31']) await runs.bill(day);
    expect((await runs.periods(id)).map((text) => text.slice(0, 10))).to.eql([
      '2026-01-31',
      '2026-02-28',
      '2026-03-31',
      '2026-04-30',
      '2026-05-31',
    ]);
  });

  it('bills ahead as many days as the settings say', async () => {
    await runs.set({ days_ahead: 10 });
    const id = await moveIn('2026-02-01');
    await runs.bill('2026-03-21');
    expect(await runs.periods(id)).to.have.length(2);
    await runs.bill('2026-03-22');
    expect((await runs.invoices(id)).map(({ due_on }) => due_on)).to.eql([
      '2026-02-01',
      '2026-03-21',
      '2026-04-01',
    ]);
  });

  it('bills up to an earlier day only, with the present day as the day of issue', async () => {
    const id = await moveIn('2026-01-05');
    await runs.bill('2026-04-20', 'rent', '2026-02-28');
    expect((await runs.invoices(id)).map(({ due_on }) => due_on)).to.eql(['2026-01-05', '2026-04-20']);
  });

  it('leaves drafts for an account with manual billing', async () => {
    const id = await moveIn('2026-01-05');
    await sql(portal, `update billing_accounts set billing_trigger = 'manual' where company_id = $1`, [
      runs.company.id,
    ]);
    await runs.bill('2026-02-05');
    expect((await runs.invoices(id)).map(({ status }) => status)).to.eql(['sent', 'draft']);
    await runs.bill('2026-02-06');
    expect(await runs.invoices(id)).to.have.length(2);
  });

  it('creates one invoice for the rentals of an account with the same due day', async () => {
    const ids = [await moveIn('2026-01-05'), await moveIn('2026-01-05'), await moveIn('2026-01-07')];
    runs = await runs.another();
    const other = await moveIn('2026-01-05');
    await runs.set({ invoice_per: 'account' });
    await runs.bill('2026-02-05');
    await runs.bill('2026-02-07');
    const billed = await Promise.all([...ids, other].map((id) => runs.invoices(id)));
    const [first, second, third, fourth] = billed.map((invoices) => invoices[1]!);
    expect(first).to.include({ id: second!.id, total: '20000' });
    expect(new Set([first!.id, third!.id, fourth!.id])).to.have.length(3);
    expect(third).to.include({ total: '10000', due_on: '2026-02-07' });
  });

  it('uses the credit of the account for its oldest invoice', async () => {
    const id = await moveIn('2026-01-05');
    await runs.pay(130_00n);
    await runs.bill('2026-03-05');
    const [, second, third] = await runs.invoices(id);
    expect(await runs.invoice(second!.id!)).to.include({ open: '7000', paid: '3000' });
    expect(await runs.invoice(third!.id!)).to.include({ open: '10000', paid: '0' });
    expect(await runs.balance()).to.include({ credit: '0', receivable: '17000' });
  });

  it('goes on after a rental that cannot be billed, and records it', async () => {
    const ids = [];
    for (let n = 0; n < 7; n++) ids.push(await moveIn('2026-01-05'));
    // The period is stored already, as after a wrong change by hand.
    await sql(portal, `update rentals set next_period_on = '2026-01-05' where id = $1`, [ids[3]]);
    const progress = await runs.bill('2026-02-05');
    expect(progress).to.include({ invoices: 6, errors: 1 });
    for (const [n, id] of ids.entries()) expect(await runs.periods(id)).to.have.length(n === 3 ? 1 : 2);
    expect(await numbers()).to.eql(Array.from({ length: 13 }, (_, n) => n + 1));
    const [run] = (await runs.runs()) as [{ failures: { id: string; error: string }[]; errors: number }];
    expect(run.errors).to.equal(1);
    expect(run.failures[0]!.id).to.equal(ids[3]);
    expect(run.failures[0]!.error).to.include('invoices_source');
  });

  it('bills nothing of a suspended tenant, and the missed periods late after it is resumed', async () => {
    const id = await moveIn('2026-01-05');
    const setStatus = (status: string) =>
      sql(portal, 'update tenants set status = $2 where id = $1', [runs.tenant.id, status]);
    await setStatus('suspended');
    expect(await runs.bill('2026-03-05')).to.include({ state: 'suspended', invoices: 0 });
    expect(await runs.periods(id)).to.have.length(1);
    await setStatus('active');
    await runs.bill('2026-03-20');
    expect((await runs.invoices(id)).map(({ due_on }) => due_on)).to.eql([
      '2026-01-05',
      '2026-03-20',
      '2026-03-20',
    ]);
  });

  it('ends rentals, starts reservations and cancels unpaid ones before it bills', async () => {
    const ending = await moveIn('2026-01-05');
    accepted(await runs.notice('2026-01-20', ending, '2026-02-10'));
    const reserved = accepted(
      await runs.moveIn('2026-02-20', {
        today: '2026-02-01',
        is_reserved: true,
        billing: { now: new Date() },
      }),
    ).rental.id;
    await runs.pay(200_00n);
    const unpaid = accepted(
      await runs.moveIn('2026-02-20', {
        today: '2026-02-01',
        is_reserved: true,
        billing: { now: new Date('2026-02-01') },
      }),
    ).rental.id;
    await runs.bill('2026-02-21');
    expect(await runs.rental(ending)).to.include({ status: 'ended', unit_status: 'available' });
    expect(await runs.rental(reserved)).to.include({ status: 'active', unit_status: 'occupied' });
    expect(await runs.rental(unpaid)).to.include({ status: 'cancelled', unit_status: 'available' });
  });

  it('records one event in the audit log and emails each invoice with its label', async () => {
    await sql(
      portal,
      `update companies set billing_emails = '{ap@example.com,cfo@example.com}' where id = $1`,
      [runs.company.id],
    );
    const id = await moveIn('2026-01-05');
    await runs.bill('2026-02-05');
    const [{ count }] = (await sql(
      portal,
      `select count(*)::int as count from audit_events where tenant_id = $1 and event = 'billing_run.finished'`,
      [runs.tenant.id],
    )) as [{ count: number }];
    expect(count).to.equal(1);
    const emails = await sql(
      portal,
      `select to_address, variables->>'path' as path from emails
       where tenant_id = $1 and template = 'invoice' and variables->>'invoice_id' = $2 order by 1`,
      [runs.tenant.id, (await runs.invoices(id))[1]!.id],
    );
    const path = `/account/companies/${runs.company.id}/billing/invoices/${(await runs.invoices(id))[1]!.id}`;
    expect(emails).to.eql([
      { to_address: 'ap@example.com', path },
      { to_address: 'cfo@example.com', path },
    ]);
  });
});
