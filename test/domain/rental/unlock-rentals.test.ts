import { expect } from 'chai';
import { newId } from '../../../src/database/new-id.ts';
import { openAccount } from '../../../src/domain/billing-account/billing-account.ts';
import { createCompany, createTenant, type TestTenant } from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';

describe('a rental that is locked out', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let account: TestAccount;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
  });
  beforeEach(async () => {
    account = new TestAccount(portal, tenant, await createCompany(portal, tenant));
  });
  after(() => portal.close());

  const createRental = () =>
    account.run(async (db, { currency, today }) => {
      const [site_id, unit_type_id, unit_id, id] = [newId(), newId(), newId(), newId()];
      await db.insertInto('sites', { id: site_id, name: site_id, name_norm: site_id });
      const type = { id: unit_type_id, name: unit_type_id, name_norm: unit_type_id, price_cents: 1n };
      await db.insertInto('unit_types', type);
      await db.insertInto('units', { id: unit_id, site_id, unit_type_id, code: 'U1', code_norm: 'u1' });
      const { id: billing_account_id } = await openAccount(db, account.owner, currency);
      await db.insertInto('rentals', {
        id,
        unit_id,
        billing_account_id,
        status: 'active',
        starts_on: today,
        interval_unit: 'month',
        interval_count: 1,
        anchor_on: today,
        anchor_day: 1,
        price_cents: 1n,
        locked_out_at: new Date(),
        locked_out_reason: 'Overdue',
      });
      return id;
    });

  const issueRent = (rental_id: string) =>
    account.issue([{ kind: 'rent', description: 'Rent', unit_cents: 50_00n, rental_id }]);

  const isLocked = async (id: string) => {
    const { rows } = await portal.owner.query(
      'select 1 from rentals where id = $1 and locked_out_at is not null',
      [id],
    );
    return rows.length === 1;
  };

  it('is unlocked by the payment that pays its last open invoice', async () => {
    const rental = await createRental();
    await issueRent(rental);
    await issueRent(rental);
    await account.pay(50_00n);
    expect(await isLocked(rental)).to.equal(true);
    await account.pay(49_99n);
    expect(await isLocked(rental)).to.equal(true);
    await account.pay(1n);
    expect(await isLocked(rental)).to.equal(false);
    const { rows } = await portal.owner.query(
      'select event, target_name from audit_events where target_id = $1',
      [rental],
    );
    expect(rows).to.eql([{ event: 'rental.unlocked', target_name: 'U1' }]);
  });

  it('stays locked while only other rentals are paid', async () => {
    const [locked, paid] = [await createRental(), await createRental()];
    const open = await issueRent(locked);
    const other = await issueRent(paid);
    await account.pay(50_00n, { chosen: [{ invoice_id: other.id, amount_cents: 50_00n }] });
    expect([await isLocked(locked), await isLocked(paid)]).to.eql([true, false]);
    expect(await account.invoice(open.id)).to.include({ open: '5000' });
  });
});
