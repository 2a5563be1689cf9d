import { expect } from 'chai';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { newId } from '../../../src/database/new-id.ts';
import type { Row } from '../../../src/database/tables.ts';
import { systemActor } from '../../../src/domain/actor.ts';
import { getBilling } from '../../../src/domain/billing/billing-settings.ts';
import { issueDraftsById } from '../../../src/domain/invoice/draft-actions.ts';
import { TestRuns } from '../../support/billing-runs.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { accepted } from '../../support/rentals.ts';
import { sql } from '../../support/rows.ts';
import { createSite, createUnit, createUnitType } from '../../support/units.ts';

describe('the run of late fees', () => {
  let portal: TestPortal;
  let runs: TestRuns;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    runs = await TestRuns.create(portal);
  });

  const addRule = (values: Partial<Row<'late_fee_rules'>>) =>
    inTenant(portal.database, runs.tenant.id, async (db) => {
      await db.insertInto('late_fee_rules', { id: newId(), days_after_due: 10, ...values });
    });

  const run = (day: string) => runs.bill(day, 'late_fees');

  const fees = async () =>
    (
      await sql<{ text: string }>(
        portal,
        `select i.total_cents || ' ' || replace(l.description, '{label}', l.description_params->>'label') as text from invoices i
         join invoice_lines l on l.tenant_id = i.tenant_id and l.invoice_id = i.id
         where i.tenant_id = $1 and i.source = 'late_fee' order by i.number`,
        [runs.tenant.id],
      )
    ).map(({ text }) => text);

  it('charges each rule once for an invoice, with an invoice of its own', async () => {
    await addRule({ fee_ppm: 50_000 });
    await addRule({ fee_cents: 25_00n, days_after_due: 30 });
    const { label } = await runs.issue(110_00n, { due_on: '2026-03-01' });
    await run('2026-03-10');
    expect(await fees()).to.eql([]);
    for (const day of ['2026-03-11', '2026-03-11', '2026-03-30']) await run(day);
    expect(await fees()).to.eql([`550 Late fee for invoice ${label}`]);
    await run('2026-03-31');
    expect(await fees()).to.eql([`550 Late fee for invoice ${label}`, `2500 Late fee for invoice ${label}`]);
  });

  it('counts the days from the rejection of a short payment', async () => {
    await addRule({ fee_ppm: 50_000 });
    const { id, label } = await runs.issue(110_00n, { due_on: '2026-03-01' });
    await runs.rejectShortPayment(id, '2026-03-05');
    await run('2026-03-14');
    expect(await fees()).to.eql([]);
    await run('2026-03-15');
    expect(await fees()).to.eql([`550 Late fee for invoice ${label}`]);
  });

  it('charges nothing for an invoice that was paid on the day before', async () => {
    await addRule({ fee_cents: 25_00n, days_after_due: 30 });
    await runs.issue(110_00n, { due_on: '2026-03-01' });
    await run('2026-03-30');
    await runs.pay(110_00n);
    await run('2026-03-31');
    expect(await fees()).to.eql([]);
  });

  for (const [title, amount, disputed, rule, expected] of [
    ['5 % of 120.00', 120_00n, 0, { fee_ppm: 50_000 }, '600'],
    ['5 % of 87.65, rounded', 87_65n, 0, { fee_ppm: 50_000 }, '438'],
    ['5 % of the part of 200.00 that is not disputed', 200_00n, 150_00, { fee_ppm: 50_000 }, '250'],
    ['a fixed fee', 120_00n, 0, { fee_cents: 700n }, '700'],
    ['nothing below the minimum', 9_00n, 0, { fee_cents: 700n, minimum_balance_cents: 10_00n }, undefined],
    ['nothing for a disputed invoice', 100_00n, 100_00, { fee_cents: 700n }, undefined],
  ] as const)
    it(`charges ${title}`, async () => {
      await addRule(rule);
      const { id } = await runs.issue(amount, { due_on: '2026-03-01' });
      await sql(portal, 'update invoices set disputed_cents = $2 where id = $1', [id, disputed]);
      await run('2026-03-11');
      expect((await fees()).map((text) => text.split(' ')[0])).to.eql(expected ? [expected] : []);
    });

  it('adds the tax of the rule', async () => {
    const { id } = await runs.taxRate(200_000);
    await addRule({ fee_cents: 10_00n, tax_rate_id: id });
    await runs.issue(120_00n, { due_on: '2026-03-01' });
    await run('2026-03-11');
    expect((await fees())[0]).to.match(/^1200 /);
  });

  it('makes a draft that is emailed like any invoice when staff have written its text', async () => {
    await runs.set({ billing_trigger: 'manual' });
    await sql(portal, `update companies set billing_emails = '{ap@example.com}' where id = $1`, [
      runs.company.id,
    ]);
    await addRule({ fee_cents: 10_00n });
    await runs.issue(120_00n, { due_on: '2026-03-01' });
    await run('2026-03-11');
    const lines = await sql<{ invoice_id: string }>(
      portal,
      `update invoice_lines l set description = 'Fee', description_params = null from invoices i
       where i.tenant_id = $1 and i.id = l.invoice_id and i.source = 'late_fee' returning l.invoice_id`,
      [runs.tenant.id],
    );
    const ids = lines.map(({ invoice_id }) => invoice_id);
    const issued = await inTenant(portal.database, runs.tenant.id, async (db) =>
      issueDraftsById(db, systemActor('Test'), await getBilling(db), ids),
    );
    expect(issued).to.have.length(1);
    const templates = await sql(portal, `select template from emails where tenant_id = $1 order by id`, [
      runs.tenant.id,
    ]);
    expect(templates.at(-1)).to.eql({ template: 'invoice' });
  });

  it('charges no fee for a late fee or a pending invoice', async () => {
    await addRule({ fee_cents: 10_00n });
    const { id } = await runs.issue(120_00n, { due_on: '2026-03-01' });
    await sql(
      portal,
      `update invoices set status = 'pending', pending_payment_id = gen_random_uuid() where id = $1`,
      [id],
    );
    await run('2026-03-11');
    expect(await fees()).to.eql([]);
    await sql(portal, `update invoices set status = 'failed', pending_payment_id = null where id = $1`, [id]);
    for (const day of ['2026-03-11', '2026-12-31']) await run(day);
    expect(await fees()).to.have.length(1);
  });

  it('charges the rule of a site for units of the site only', async () => {
    const [site, other] = [
      await createSite(portal, runs.tenant, 'A'),
      await createSite(portal, runs.tenant, 'B'),
    ];
    await addRule({ fee_cents: 10_00n, site_id: site.id });
    for (const each of [site, other]) {
      const type = await createUnitType(portal, runs.tenant, { name: each.name });
      const unit = await createUnit(portal, runs.tenant, { site: each, type });
      accepted(await runs.moveIn('2026-03-01', { unit_id: unit.id }));
    }
    await run('2026-03-11');
    expect(await fees()).to.have.length(1);
  });

  it('locks customers out of units whose invoice is overdue, and emails them', async () => {
    await runs.set({ lock_out_after_days: 10 });
    await sql(portal, `update companies set billing_emails = '{ap@example.com}' where id = $1`, [
      runs.company.id,
    ]);
    const { rental } = accepted(await runs.moveIn('2026-03-01'));
    await run('2026-03-11');
    expect((await runs.rental(rental.id)).locked_out_at).to.equal(null);
    await run('2026-03-12');
    expect((await runs.rental(rental.id)).locked_out_at).to.be.a('string');
    const emails = await sql(
      portal,
      `select to_address from emails where tenant_id = $1 and template = 'lockedOut'`,
      [runs.tenant.id],
    );
    expect(emails).to.eql([{ to_address: 'ap@example.com' }]);
  });
});
