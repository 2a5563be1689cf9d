import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { withClock } from '../../src/database/clock.ts';
import { importKinds } from '../../src/domain/import/kinds.ts';
import { matchColumns } from '../../src/domain/import/match-columns.ts';
import { verifyLedger } from '../../src/domain/ledger/verify-ledger.ts';
import { withdrawNotice } from '../../src/domain/rental/notice.ts';
import { findEventsOf } from '../support/audit.ts';
import { TestRuns } from '../support/billing-runs.ts';
import {
  createCompany,
  createCustomer,
  createCustomField,
  createStaff,
  createStaffRole,
  createTenant,
  type TestPerson,
} from '../support/factories.ts';
import {
  findImportRow,
  insertImport,
  listImportRows,
  queueCheck,
  queueImport,
  queueUndo,
  runImports,
} from '../support/import-tasks.ts';
import { billingActor } from '../support/money.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { accepted } from '../support/rentals.ts';
import { sql } from '../support/rows.ts';
import { createSite, createUnit, createUnitType, insertRental, type TestSite } from '../support/units.ts';

const TODAY = '2026-06-20';
const HEAD = 'customer,site,unit,starts_on';

describe('An import of rentals', () => {
  let portal: TestPortal;
  /** With the day as its clock. */
  let onDay: TestPortal;
  let runs: TestRuns;
  let staff: TestPerson;
  let site: TestSite;
  let type: Awaited<ReturnType<typeof createUnitType>>;
  let ada: Awaited<ReturnType<typeof createCustomer>>;

  before(async () => {
    portal = await sharedPortal();
    const offset = Date.parse(`${TODAY}T09:00Z`) - Date.now();
    onDay = Object.assign(Object.create(portal) as TestPortal, {
      database: withClock(portal.database, offset),
    });
  });
  beforeEach(async () => {
    runs = await TestRuns.create(portal);
    staff = await createStaff(portal, runs.tenant);
    site = await createSite(portal, runs.tenant, 'Harbour');
    type = await createUnitType(portal, runs.tenant, { deposit_cents: 50_00n });
    ada = await createCustomer(portal, runs.tenant, { email: 'ada@example.com' });
  });

  const units = async (...codes: string[]) => {
    for (const code of codes) await createUnit(portal, runs.tenant, { code, site, type });
  };
  const check = async (text: string, requested_by = staff.id) => {
    const id = await insertImport(portal, runs.tenant, requested_by, text, {
      kind: 'rentals',
      mode: 'create',
    });
    await queueCheck(portal, runs.tenant, requested_by, id);
    await runImports(onDay);
    return id;
  };
  const start = async (id: string, isAllOrNothing = false) => {
    await queueImport(portal, runs.tenant, staff.id, id, isAllOrNothing);
    await runImports(onDay);
  };
  const importFile = async (text: string) => {
    const id = await check(text);
    await start(id);
    return id;
  };
  const undo = async (id: string) => {
    await queueUndo(portal, runs.tenant, staff.id, id);
    await runImports(onDay);
  };
  const errorsOf = async (id: string) =>
    (await listImportRows(portal, id)).map(({ errors }) =>
      errors.map(({ column, code }) => `${column}: ${code}`).join(', '),
    );
  const targets = async (id: string) => (await listImportRows(portal, id)).map(({ target_id }) => target_id!);
  const counts = async () =>
    (
      await sql(
        portal,
        `select (select count(*)::int from rentals where tenant_id = $1) as rentals,
          (select count(*)::int from invoices where tenant_id = $1) as invoices,
          (select count(*)::int from emails where tenant_id = $1 and template like 'move%') as emails`,
        [runs.tenant.id],
      )
    )[0]!;
  const verify = async () => {
    expect((await verifyLedger(portal.database, runs.tenant.id)).difference).to.equal(null);
  };

  it('creates rentals without invoices and emails, and opens the account', async () => {
    await units('A-1');
    await createCustomField(portal, runs.tenant, { code: 'gate', title: 'Gate', entity: 'rental' });
    const id = await importFile(
      `${HEAD},interval,price,deposit,billed_until,cf.gate\nADA@example.com,harbour,a-1,2024-01-31,Quarterly,89.50,40,2026-06-30,North\n`,
    );
    const [rental] = await targets(id);
    expect(await errorsOf(id)).to.eql(['']);
    expect(await runs.rental(rental!)).to.include({
      status: 'active',
      starts_on: '2024-01-31',
      next_period_on: '2026-07-01',
      deposit: '4000',
      unit_status: 'occupied',
    });
    const [stored] = await sql(
      portal,
      `select r.price_cents::int as price, r.billed_until::text, r.custom, r.interval_count, b.deposit_cents::int as held,
         u.is_renting, (select count(*)::int from rental_prices p where p.rental_id = r.id) as prices
       from rentals r join billing_accounts b on b.id = r.billing_account_id join users u on u.id = r.occupant_user_id
       where r.id = $1`,
      [rental],
    );
    expect(stored).to.deep.include({
      price: 8950,
      billed_until: '2026-06-30',
      custom: { gate: 'North' },
      interval_count: 3,
      held: 4000,
      is_renting: true,
      prices: 1,
    });
    expect(await counts()).to.eql({ rentals: 1, invoices: 0, emails: 0 });
    const events = await findEventsOf(portal, rental!);
    expect(events.map(({ event }) => event)).to.eql(['rental.imported']);
    await verify();
  });

  for (const [interval, billedUntil, day, periods] of [
    ['Monthly', '2026-06-30', '2026-07-01', ['2026-07-01 2026-07-14 4667', '2026-07-15 2026-08-14 10000']],
    ['Monthly', '2026-07-14', '2026-07-15', ['2026-07-15 2026-08-14 10000']],
    ['Quarterly', '2026-06-30', '2026-07-01', ['2026-07-01 2026-07-14 1538', '2026-07-15 2026-10-14 10000']],
    ['Yearly', '2026-12-31', '2027-01-01', ['2027-01-01 2027-01-14 384', '2027-01-15 2028-01-14 10000']],
    [
      'Every 4 weeks',
      '2026-06-24',
      '2026-06-25',
      ['2026-06-25 2026-07-01 2500', '2026-07-02 2026-07-29 10000'],
    ],
  ] as const)
    it(`is followed by invoices from the day after ${billedUntil} of a rental billed ${interval}`, async () => {
      await units('A-1');
      const id = await importFile(
        `${HEAD},interval,price,billed_until\nada@example.com,Harbour,A-1,2026-01-15,${interval},100,${billedUntil}\n`,
      );
      const [rental] = await targets(id);
      await runs.bill(billedUntil);
      expect(await runs.periods(rental!)).to.eql([]);
      await runs.bill(day);
      expect(await runs.periods(rental!)).to.eql(periods.slice(0, 1));
      await runs.bill(periods.at(-1)!.slice(0, 10));
      expect(await runs.periods(rental!)).to.eql(periods);
      await verify();
    });

  it('bills from the next period if the file does not say until when it was billed', async () => {
    await units('A-1', 'A-2', 'A-3', 'A-4');
    const id = await importFile(
      `${HEAD},ends_on\nada@example.com,Harbour,A-1,2025-02-10,\nada@example.com,Harbour,A-2,2026-06-20,\nada@example.com,Harbour,A-3,2026-08-01,\nada@example.com,Harbour,A-4,2024-02-01,2025-01-31\n`,
    );
    const rentals = await Promise.all((await targets(id)).map((each) => runs.rental(each)));
    expect(rentals.map(({ status, next_period_on }) => `${status} ${next_period_on ?? ''}`)).to.eql([
      'active 2026-07-10',
      'active 2026-06-20',
      'reserved 2026-08-01',
      'ended ',
    ]);
    expect(rentals.map(({ unit_status }) => unit_status)).to.eql([
      'occupied',
      'occupied',
      'reserved',
      'available',
    ]);
    await runs.bill('2026-07-09');
    expect(await runs.periods((await targets(id))[0]!)).to.eql([]);
  });

  it('keeps days billed elsewhere when a notice is withdrawn', async () => {
    await units('A-1');
    const id = await importFile(
      `${HEAD},billed_until,ends_on\nada@example.com,Harbour,A-1,2026-01-15,2026-08-20,2026-08-20\n`,
    );
    const [rental] = await targets(id);
    expect((await runs.rental(rental!))['next_period_on']).to.equal(null);
    accepted(await runs.on(TODAY, (db, billing) => withdrawNotice(db, billingActor, billing, rental!)));
    expect(await runs.periods(rental!)).to.eql(['2026-08-21 2026-09-14 8065']);
  });

  it('names the column and the fix of each wrong cell', async () => {
    await units('A-1', 'A-2', 'A-3');
    await insertRental(
      portal,
      runs.tenant,
      (await createUnit(portal, runs.tenant, { code: 'T-1', site, type })).id,
      {
        owner: { user_id: ada.id },
      },
    );
    const other = await createTenant(portal);
    await createCustomer(portal, other, { email: 'far@example.com' });
    await createSite(portal, other, 'Far');
    await createCompany(portal, runs.tenant, { code: 'HOLD', status: 'on_hold' });
    const head = `${HEAD},interval,price,deposit,tax_rate,billed_until,ends_on`;
    const id = await check(
      `${head}\n${[
        'far@example.com,Harbour,A-1,2026-01-01,,,,,,',
        'ada@example.com,Far,A-1,2026-01-01,,,,,,',
        'ada@example.com,Harbour,Z-9,2026-01-01,,,,,,',
        'ada@example.com,Harbour,T-1,2026-02-01,,,,,,',
        'HOLD,Harbour,A-1,2026-01-01,,,,,,',
        'ada@example.com,Harbour,A-1,2026-01-01,,,,,,2025-12-31',
        'ada@example.com,Harbour,A-1,2026-03-01,,,,,2026-01-01,',
        'ada@example.com,Harbour,A-1,2026-03-01,,,,,2026-09-01,2026-08-01',
        'ada@example.com,Harbour,A-1,2020-03-01,,,,,2020-03-31,',
        'ada@example.com,Harbour,A-1,31/01/2026,,,,,,',
        'ada@example.com,Harbour,A-1,2026-01-01,Daily,,,,,',
        'ada@example.com,Harbour,A-1,2026-01-01,,4.42E+11,,,,',
        'ada@example.com,Harbour,A-1,2026-01-01,,=1+1,,,,',
        'ada@example.com,Harbour,A-1,2026-01-01,,-5,,VAT99,,',
        'ada@example.com,Harbour,A-1,2024-01-01,,,40,,,2025-01-01',
        ',Harbour,A-1,,,,,,,',
        'ada@example.com,Harbour,A-2,2026-01-01,,,,,,2026-07-31',
        'ada@example.com,Harbour,A-2,2026-07-31,,,,,,',
        'ada@example.com,Harbour,A-2,2026-08-01,,,,,,',
      ].join('\n')}\n`,
    );
    expect(await errorsOf(id)).to.eql([
      'customer: unknown_customer',
      'site: import_unknown_site',
      'unit: import_unknown_unit',
      'unit: unit_rented_from',
      'customer: company_not_active',
      'ends_on: import_ends_before_start',
      'billed_until: import_billed_before_start',
      'billed_until: import_billed_after_end',
      'billed_until: date_too_early',
      'starts_on: import_invalid_date',
      'interval: import_unknown_interval',
      'price: import_shortened_number',
      'price: import_formula',
      'price: amount_too_small, tax_rate: import_unknown_tax_rate',
      'deposit: import_no_deposit_held',
      'customer: required, starts_on: required',
      '',
      'unit: import_unit_twice',
      '',
    ]);
    expect(await counts()).to.include({ rentals: 1 });
  });

  it('reads the dates and amounts of the chosen country', async () => {
    await units('A-1');
    const text = `${HEAD.replaceAll(',', ';')};price\nada@example.com;Harbour;A-1;05/02/2026;1.234,50\n`;
    const id = await insertImport(portal, runs.tenant, staff.id, text, { kind: 'rentals', mode: 'create' });
    const options = JSON.stringify({ date_order: 'mdy', has_decimal_comma: true });
    await sql(portal, 'update imports set options = $2 where id = $1', [id, options]);
    await queueCheck(portal, runs.tenant, staff.id, id);
    await runImports(onDay);
    await start(id);
    const [rental] = await sql(
      portal,
      'select starts_on::text, price_cents::int from rentals where id = $1',
      [(await targets(id))[0]],
    );
    expect(rental).to.eql({ starts_on: '2026-05-02', price_cents: 123_450 });
  });

  it('reads the file of another product', async () => {
    await units('A-101', 'A-102', 'A-103');
    await createCustomer(portal, runs.tenant, { email: 'ada.obi@example.com' });
    await createCompany(portal, runs.tenant, { code: 'ACME' });
    const text = await readFile(new URL('../fixtures/import/rentals.csv', import.meta.url), 'utf8');
    const mapping = matchColumns(text.split('\n', 1)[0]!.split(';'), importKinds.rentals.columns([]));
    const values = { kind: 'rentals', mode: 'create', mapping } as const;
    const id = await insertImport(portal, runs.tenant, staff.id, text, values);
    const options = JSON.stringify({ date_order: 'dmy', has_decimal_comma: true });
    await sql(portal, 'update imports set options = $2 where id = $1', [id, options]);
    await queueCheck(portal, runs.tenant, staff.id, id);
    await runImports(onDay);
    await start(id);
    expect(await errorsOf(id)).to.eql(['', '', '']);
    const rentals = await sql(
      portal,
      `select status, starts_on::text, ends_on::text, price_cents::int as price, deposit_cents::int as deposit,
         next_period_on::text as next, interval_count as months from rentals where tenant_id = $1 order by id`,
      [runs.tenant.id],
    );
    expect(rentals.map((each) => Object.values(each).join(' '))).to.have.members([
      'active 2026-01-31  108900 5000 2026-07-01 1',
      'active 2026-02-15  8950 0 2026-08-15 3',
      'ended 2024-03-01 2025-02-28 10000 0  1',
    ]);
  });

  it('changes nothing when the same file is imported again', async () => {
    await units('A-1');
    const text = `${HEAD}\nada@example.com,Harbour,A-1,2026-01-01\n`;
    await importFile(text);
    const again = await check(text);
    expect((await listImportRows(portal, again)).map(({ verdict }) => verdict)).to.eql(['unchanged']);
    expect(await counts()).to.include({ rentals: 1 });
  });

  it('refuses a row whose unit was rented after the check', async () => {
    await units('A-1', 'A-2');
    const id = await check(
      `${HEAD}\nada@example.com,Harbour,A-1,2026-01-01\nada@example.com,Harbour,A-2,2026-01-01\n`,
    );
    const [unit] = await sql<{ id: string }>(
      portal,
      'select id from units where tenant_id = $1 and code = $2',
      [runs.tenant.id, 'A-1'],
    );
    await insertRental(portal, runs.tenant, unit!.id, { owner: runs.owner });
    await start(id, true);
    expect(await errorsOf(id)).to.eql(['unit: unit_rented_from', '']);
    expect(await findImportRow(portal, id)).to.deep.include({ state: 'undone' });
    expect(await counts()).to.include({ rentals: 1 });
  });

  it('is undone for rentals without money, whose units are free again', async () => {
    await units('A-1', 'A-2', 'A-3');
    const id = await importFile(
      `${HEAD},deposit,billed_until\nada@example.com,Harbour,A-1,2026-01-01,,2026-06-30\n${runs.company.code},Harbour,A-2,2026-01-01,,2026-06-30\nada@example.com,Harbour,A-3,2026-01-01,30,2026-12-31\n`,
    );
    const [free, billed, held] = await targets(id);
    await sql(portal, `update rentals set next_period_on = null where id = $1`, [free]);
    await runs.bill('2026-07-01');
    await undo(id);
    const results = (await listImportRows(portal, id)).map(
      ({ result, errors }) => `${result} ${errors.map(({ code }) => code).join()}`,
    );
    expect(results).to.eql(['undone ', 'skipped undo_has_money', 'skipped undo_has_money']);
    expect(
      await sql(portal, 'select code, status from units where tenant_id = $1 order by code', [
        runs.tenant.id,
      ]),
    ).to.eql([
      { code: 'A-1', status: 'available' },
      { code: 'A-2', status: 'occupied' },
      { code: 'A-3', status: 'occupied' },
    ]);
    expect(
      (await sql(portal, 'select id from rentals where id = any($1)', [[billed, held]])).length,
    ).to.equal(2);
    expect((await findEventsOf(portal, free!)).map(({ event }) => event)).to.include('rental.deleted');
    await verify();
  });

  it('leaves no account and no mark of a renter behind when it is undone', async () => {
    await units('A-1', 'A-2');
    const id = await importFile(
      `${HEAD}\nada@example.com,Harbour,A-1,2026-01-01\n${runs.company.code},Harbour,A-2,2026-01-01\n`,
    );
    await undo(id);
    const [left] = await sql(
      portal,
      `select (select count(*)::int from rentals where tenant_id = $1) as rentals,
        (select count(*)::int from billing_accounts where tenant_id = $1) as accounts,
        (select count(*)::int from users where tenant_id = $1 and is_renting) as people,
        (select count(*)::int from companies where tenant_id = $1 and is_renting) as companies`,
      [runs.tenant.id],
    );
    expect(left).to.eql({ rentals: 0, accounts: 0, people: 0, companies: 0 });
  });

  it('imports no row for someone who may not change rentals', async () => {
    await units('A-1');
    const role = await createStaffRole(portal, runs.tenant, ['imports.create']);
    const clerk = await createStaff(portal, runs.tenant, { role });
    const id = await check(`${HEAD}\nada@example.com,Harbour,A-1,2026-01-01\n`, clerk.id);
    expect(await errorsOf(id)).to.eql([]);
    expect((await findImportRow(portal, id)).state).to.equal('failed');
  });
});
