import { expect } from 'chai';
import { findAuditEvents } from '../../../support/audit.ts';
import { createTenant, signedInStaff, type TestTenant } from '../../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../../support/operations.ts';
import type { TestPortal } from '../../../support/portal.ts';
import { sql } from '../../../support/rows.ts';
import { Visitor } from '../../../support/visitor.ts';

const SETTINGS = '/settings/billing';

describe('/settings/billing', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const stored = async () => {
    const [row] = await sql(portal, 'select * from billing_settings where tenant_id = $1', [tenant.id]);
    return row!;
  };
  const save = async (fields: Record<string, string | boolean>) =>
    (await manager.visit(SETTINGS)).submit('Save changes', fields);

  it('shows what is stored and that a new cycle does not change rentals that exist', async () => {
    const page = await (await manager.visit('/settings')).follow('Billing');
    expect(page.path).to.equal(SETTINGS);
    expect(page.text).to.include('applies to rentals that start afterwards');
    expect(page.form('Save changes').values()).to.deep.include({
      cycle: 'anniversary',
      invoice_day: '1',
      lock_out_after_days: '10',
      reminder_days: '3, 7, 14',
      retry_days: '3, 5, 7',
      autopay_time: '09:00',
      invoice_prefix: 'INV-',
    });
  });

  it('saves every setting and records the changes', async () => {
    const page = await save({
      'Billing cycle': 'Fixed day of the month',
      'Invoice day': '15',
      'Days ahead': '١٠',
      Proration: '12 months ÷ 365 days',
      'First invoice': 'These days and the next full period',
      'Next period from day': '21',
      'Notice days': '30',
      'Move-out credit': 'Nothing',
      'Payment terms': '14',
      'Overdue after': '3',
      'Lock out after': '',
      'Reminder days': '20, 5 5; 10',
      'Autopay time': '8:30',
      'Retry days': '2',
      'Charge notice': '5',
      'Reservation hours': '24',
      'Use credit': false,
      'Send statements': true,
      'Agreement required': true,
      'Prefix of invoices': 'R/',
      'Digits of numbers': '6',
      'Reasons to pay less': ' Wrong  price \r\nBroken\r\n\r\nBroken',
    });
    expect(page.flashes).to.deep.equal(['The billing settings are saved.']);
    const row = await stored();
    expect(row).to.deep.include({
      cycle: 'day_of_month',
      invoice_day: 15,
      days_ahead: 10,
      proration: 'annual_365',
      first_invoice: 'stub_and_next',
      stub_and_next_from_day: 21,
      notice_days: 30,
      move_out_credit: 'none',
      payment_terms_days: 14,
      overdue_after_days: 3,
      lock_out_after_days: null,
      reminder_days: [5, 10, 20],
      autopay_time: '08:30',
      retry_days: [2],
      applies_credit: false,
      sends_statements: true,
      is_agreement_required: true,
      invoice_prefix: 'R/',
      invoice_digits: 6,
      version: 2,
    });
    expect(row['short_pay_reasons']).to.have.length(2);
    const [event] = await findAuditEvents(portal, tenant, 'billing_settings.updated');
    expect(event).to.deep.include({ target_name: tenant.name, actor_name: manager.person.name });
    expect(event!.changes).to.deep.include({
      invoice_day: ['1', '15'],
      reminder_days: ['3, 7, 14', '5, 10, 20'],
      lock_out_after_days: ['10', ''],
    });
  });

  it('records nothing when nothing was changed', async () => {
    const before = await findAuditEvents(portal, tenant, 'billing_settings.updated');
    await save({});
    expect(await findAuditEvents(portal, tenant, 'billing_settings.updated')).to.have.length(before.length);
  });

  for (const [label, value, error] of [
    ['Invoice day', '0', 'Enter a whole number from 1 to 31'],
    ['Invoice day', '32', 'Enter a whole number from 1 to 31'],
    ['Days ahead', '31', 'Enter a whole number from 0 to 30'],
    ['Notice days', '-1', 'Enter a whole number from 0 to 365'],
    ['Payment terms', '1.5', 'Enter a whole number from 0 to 365'],
    ['Overdue after', '', 'Enter a value'],
    ['Lock out after', 'never', 'Enter a whole number from 0 to 365'],
    ['Reminder days', '1, 2, 3, 4, 5, 6, 7', 'Enter 6 numbers or fewer'],
    ['Reminder days', '3, x', 'Enter a whole number from 1 to 365'],
    ['Retry days', '31', 'Enter a whole number from 1 to 30'],
    ['Autopay time', '24:00', 'Enter a time like 09:00'],
    ['Reasons to pay less', '', 'Enter at least one reason'],
    ['Prefix of invoices', '<b>', 'Use letters, digits, spaces, dots, dashes and slashes only'],
    ['Prefix of credit notes', 'R/', 'Enter another prefix than that of invoices'],
    ['Digits of numbers', '1000000000000000000', 'Enter a whole number from 1 to 12'],
  ] as const)
    it(`refuses "${value}" for ${label} and changes nothing`, async () => {
      const { version } = await stored();
      const page = await save({ 'Prefix of invoices': 'R/', [label]: value });
      expect(page.status).to.equal(422);
      expect(page.errors).to.deep.equal([error]);
      expect((await stored())['version']).to.equal(version);
    });

  it('refuses unknown values of a choice and unknown fields', async () => {
    const page = await manager.visit(SETTINGS);
    const version = String((await stored())['version']);
    expect((await manager.postFrom(page, SETTINGS, { version, cycle: 'yearly' })).status).to.equal(422);
    expect((await manager.postFrom(page, SETTINGS, { version, next_number: '1' })).status).to.equal(400);
  });

  it('refuses settings that were changed meanwhile and shows what is stored', async () => {
    const page = await manager.visit(SETTINGS);
    await page.submit('Save changes', { 'Notice days': '40' });
    const stale = await page.submit('Save changes', { 'Notice days': '50' });
    expect(stale.status).to.equal(422);
    expect(stale.find('#stored')!.text).to.include('40');
    await stale.submit('Save changes');
    expect((await stored())['notice_days']).to.equal(50);
  });

  it('returns 403 without the permission, redirects anonymous users, and changes only the own tenant', async () => {
    const admin = await signedInStaff(portal, tenant, 'admin');
    expect((await admin.visit(SETTINGS)).status).to.equal(403);
    expect((await admin.postFrom(await admin.visit('/users'), SETTINGS)).status).to.equal(403);
    expect((await new Visitor(portal, tenant.operations).visit(SETTINGS)).path).to.equal('/login');
    const other = await createTenant(portal);
    const staff = await signedInStaff(portal, other);
    const before = await stored();
    await (await staff.visit(SETTINGS)).submit('Save changes', { 'Notice days': '99' });
    expect(await stored()).to.deep.equal(before);
  });
});
