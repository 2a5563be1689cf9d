import { expect } from 'chai';
import { createCompany, createTenant, type TestTenant } from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { createUnit, insertRental } from '../../support/units.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';

describe('a rental that is locked out', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let account: TestAccount;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });
  beforeEach(async () => {
    account = new TestAccount(portal, tenant, await createCompany(portal, tenant));
  });

  let code = 0;
  const createRental = async () => {
    const unit = await createUnit(portal, tenant, { code: `U${(code += 1)}` });
    const { id } = await insertRental(portal, tenant, unit.id, { owner: account.owner });
    await portal.owner.query(
      `update rentals set locked_out_at = now(), locked_out_reason = 'Overdue' where id = $1`,
      [id],
    );
    return { id, code: unit.code };
  };

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
    const { id: rental, code: target_name } = await createRental();
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
    expect(rows).to.eql([{ event: 'rental.unlocked', target_name }]);
  });

  it('stays locked while only other rentals are paid', async () => {
    const [locked, paid] = [(await createRental()).id, (await createRental()).id];
    const open = await issueRent(locked);
    const other = await issueRent(paid);
    await account.pay(50_00n, { chosen: [{ invoice_id: other.id, amount_cents: 50_00n }] });
    expect([await isLocked(locked), await isLocked(paid)]).to.eql([true, false]);
    expect(await account.invoice(open.id)).to.include({ open: '5000' });
  });
});
