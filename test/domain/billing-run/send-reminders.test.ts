import { expect } from 'chai';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { openAccount } from '../../../src/domain/billing-account/billing-account.ts';
import { advanceRun, type RunProgress } from '../../../src/domain/billing-run/advance-run.ts';
import { TestRuns } from '../../support/billing-runs.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';

describe('the run of reminders', () => {
  let portal: TestPortal;
  let runs: TestRuns;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    runs = await TestRuns.create(portal);
    await sql(portal, `update companies set billing_emails = '{ap@example.com}' where id = $1`, [
      runs.company.id,
    ]);
  });

  const issued = (now = new Date('2026-03-01T12:00Z')) =>
    runs.issue(100_00n, { due_on: '2026-03-01', now, today: '2026-03-01' });

  const remind = (day: string) => runs.bill(day, 'reminders');

  const reminders = async (invoiceId: string) => {
    const rows = await sql<{ number: number }>(
      portal,
      'select number from invoice_reminders where invoice_id = $1 order by number',
      [invoiceId],
    );
    const [emails] = await sql<{ count: number }>(
      portal,
      `select count(*)::int as count from emails
       where tenant_id = $1 and template = 'invoiceReminder' and variables->>'invoice_id' = $2`,
      [runs.tenant.id, invoiceId],
    );
    expect(emails!.count).to.equal(rows.length);
    return rows.map(({ number }) => number);
  };

  it('emails on the days after the first email that the settings state, once each', async () => {
    const { id } = await issued();
    await remind('2026-03-03');
    expect(await reminders(id)).to.eql([]);
    await Promise.all([1, 2, 3].map(() => remind('2026-03-04')));
    expect(await reminders(id)).to.eql([1]);
    for (const day of ['2026-03-07', '2026-03-08', '2026-03-15', '2026-03-31']) await remind(day);
    expect(await reminders(id)).to.eql([1, 2, 3]);
  });

  it('starts again on the day on which a short payment is rejected', async () => {
    const { id } = await issued();
    for (const day of ['2026-03-04', '2026-03-08']) await remind(day);
    await runs.rejectShortPayment(id, '2026-03-10');
    for (const day of ['2026-03-11', '2026-03-12']) await remind(day);
    expect(await reminders(id)).to.eql([1, 2]);
    for (const day of ['2026-03-13', '2026-03-13', '2026-03-16']) await remind(day);
    expect(await reminders(id)).to.eql([1, 2, 3]);
    for (const day of ['2026-03-17', '2026-03-24', '2026-04-30']) await remind(day);
    expect(await reminders(id)).to.eql([1, 2, 3, 4, 5]);
  });

  it('emails only the last of several reminders that were missed', async () => {
    const { id } = await issued();
    await remind('2026-04-01');
    expect(await reminders(id)).to.eql([3]);
  });

  it('counts local days', async () => {
    await sql(portal, `update tenants set time_zone = 'America/Los_Angeles' where id = $1`, [runs.tenant.id]);
    const { id } = await issued(new Date('2026-03-02T07:30Z'));
    await remind('2026-03-04');
    expect(await reminders(id)).to.eql([1]);
  });

  for (const [title, change] of [
    ['a pending invoice', `status = 'pending', pending_payment_id = gen_random_uuid()`],
    ['a disputed invoice', 'disputed_cents = 10000'],
    ['an invoice that was never sent', 'first_sent_at = null'],
    ['a paid invoice', `paid_cents = 10000, status = 'paid'`],
  ] as const)
    it(`does not email about ${title}`, async () => {
      const { id } = await issued();
      await sql(portal, `update invoices set ${change} where id = $1`, [id]);
      await remind('2026-04-01');
      expect(await reminders(id)).to.eql([]);
    });

  it('sends each statement of a month once when the settings ask for them', async () => {
    await issued();
    const statements = () =>
      sql(
        portal,
        `select variables->>'on' as first, variables->>'until' as last, variables->>'open_cents' as open from emails
         where tenant_id = $1 and template = 'statement'`,
        [runs.tenant.id],
      );
    await runs.bill('2026-04-01', 'statements');
    expect(await statements()).to.eql([]);
    await runs.set({ sends_statements: true });
    await Promise.all([1, 2].map(() => runs.bill('2026-05-01', 'statements')));
    await runs.bill('2026-05-02', 'statements');
    expect(await statements()).to.eql([{ first: '2026-04-01', last: '2026-04-30', open: '10000' }]);
  });

  it('sends the statements that are missing when a run continues after a suspension, and no other one twice', async () => {
    await runs.set({ sends_statements: true });
    await issued();
    const setStatus = (status: string) =>
      sql(portal, 'update tenants set status = $2 where id = $1', [runs.tenant.id, status]);
    const advance = (progress: RunProgress | null) =>
      inTenant(portal.database, runs.tenant.id, (db) =>
        advanceRun(db, { kind: 'statements', local_date: '2026-05-01' }, progress),
      );
    const first = await advance(null);
    await setStatus('suspended');
    expect(await advance(first)).to.include({ state: 'suspended' });
    const other = await runs.another();
    await other.run((db, billing) => openAccount(db, other.owner, billing.currency));
    await sql(portal, 'update billing_accounts set receivable_cents = 5 where company_id = $1', [
      other.company.id,
    ]);
    await sql(portal, `update companies set billing_emails = '{cfo@example.com}' where id = $1`, [
      other.company.id,
    ]);
    await setStatus('active');
    await runs.bill('2026-05-02', 'statements');
    const sent = await sql(
      portal,
      `select variables->>'open_cents' as open from emails
       where tenant_id = $1 and template = 'statement' order by id`,
      [runs.tenant.id],
    );
    expect(sent).to.eql([{ open: '10000' }, { open: '5' }]);
  });
});
