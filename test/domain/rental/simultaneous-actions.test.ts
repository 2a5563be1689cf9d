import { expect } from 'chai';
import { changeStart } from '../../../src/domain/rental/change-start.ts';
import { blockUnit } from '../../../src/domain/unit/block-unit.ts';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { createCompany, createTenant, type TestTenant } from '../../support/factories.ts';
import { billingActor } from '../../support/money.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';
import { sql } from '../../support/rows.ts';

const TODAY = '2026-05-20';

describe('simultaneous actions of rentals', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let rentals: TestRentals;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    rentals = new TestRentals(portal, tenant, await createCompany(portal, tenant));
  });

  const countOk = async (results: Promise<{ ok: boolean }>[]) =>
    (await Promise.all(results)).filter(({ ok }) => ok).length;

  const overlaps = () =>
    sql(
      portal,
      `select a.id from rentals a join rentals b on b.tenant_id = a.tenant_id and b.unit_id = a.unit_id and b.id > a.id
       where a.tenant_id = $1 and a.status <> 'cancelled' and b.status <> 'cancelled'
         and a.starts_on <= coalesce(b.ends_on, 'infinity') and b.starts_on <= coalesce(a.ends_on, 'infinity')`,
      [tenant.id],
    );

  it('move in or block a unit, not both', async () => {
    const unit = await rentals.unit();
    const block = () =>
      inTenant(portal.database, tenant.id, (db) =>
        blockUnit(db, billingActor, unit.id, { reason: 'Roof', keeps_reservation: false }),
      );
    const results = Array.from({ length: 6 }, (_, n) =>
      n % 2 ? block() : rentals.moveIn(TODAY, { unit_id: unit.id }),
    );
    expect(await countOk(results)).to.equal(1);
  });

  it('give notice of a rental or transfer it, once', async () => {
    const { id } = accepted(await rentals.moveIn('2026-05-01')).rental;
    const unit = await rentals.unit();
    const values = { id, to_unit_id: unit.id, starts_on: TODAY, price: null, deposit: null };
    const results = [0, 1, 2].flatMap(() => [
      rentals.notice(TODAY, id, '2026-06-30'),
      rentals.transfer(TODAY, values),
    ]);
    expect(await countOk(results)).to.equal(1);
    expect(await overlaps()).to.eql([]);
  });

  it('complete a move-out once, and refuse a transfer of the rental', async () => {
    const { id } = accepted(await rentals.moveIn('2026-05-01', { deposit: 50_00n })).rental;
    accepted(await rentals.notice(TODAY, id, TODAY));
    const unit = await rentals.unit();
    const values = { id, to_unit_id: unit.id, starts_on: TODAY, price: null, deposit: null };
    const results = [0, 1, 2].flatMap(() => [rentals.complete(TODAY, id), rentals.transfer(TODAY, values)]);
    expect(await countOk(results)).to.equal(1);
    expect(await rentals.balance()).to.include({ deposit: '0' });
  });

  it('refuse to exchange two units by transfers, without a deadlock', async () => {
    const [a, b] = [await rentals.unit(), await rentals.unit()];
    const first = accepted(await rentals.moveIn('2026-05-01', { unit_id: a.id })).rental;
    const second = accepted(await rentals.moveIn('2026-05-01', { unit_id: b.id })).rental;
    const move = (id: string, to_unit_id: string) =>
      rentals.transfer(TODAY, { id, to_unit_id, starts_on: TODAY, price: null, deposit: null });
    expect(await countOk([move(first.id, b.id), move(second.id, a.id)])).to.equal(0);
  });

  it('reserve a free unit or move a reservation to the free days, not both', async () => {
    const unit = await rentals.unit();
    const { id } = accepted(
      await rentals.moveIn('2026-08-01', { today: TODAY, unit_id: unit.id, is_reserved: true }),
    ).rental;
    const results = [0, 1, 2].flatMap((n) => [
      rentals.moveIn(`2026-07-0${n + 1}`, { today: TODAY, unit_id: unit.id, is_reserved: true }),
      rentals.on(TODAY, (db, billing) =>
        changeStart(db, billingActor, billing, { id, starts_on: `2026-07-1${n}` }),
      ),
    ]);
    await Promise.all(results);
    expect(await overlaps()).to.eql([]);
    const [{ count }] = (await sql<{ count: string }>(
      portal,
      `select count(*) from invoices where tenant_id = $1 and status = 'sent'`,
      [tenant.id],
    )) as [{ count: string }];
    expect(count).to.equal('1');
  });
});
