import { expect } from 'chai';
import { unseal } from '../../src/domain/token/seal.ts';
import { findEventsOf } from '../support/audit.ts';
import {
  createCompany,
  createCustomField,
  createStaff,
  createStaffRole,
  createTenant,
  type TestPerson,
  type TestTenant,
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
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import {
  createSite,
  createUnit,
  createUnitType,
  insertRental,
  type TestSite,
  type TestUnitType,
} from '../support/units.ts';

type Options = Parameters<typeof insertImport>[4];

describe('An import of units', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let staff: TestPerson;
  let site: TestSite;
  let type: TestUnitType;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    staff = await createStaff(portal, tenant);
    site = await createSite(portal, tenant, 'Harbour');
    type = await createUnitType(portal, tenant, { name: 'Small', price_cents: 100_00n });
  });

  const check = async (text: string, options: Options = {}, by = staff.id) => {
    const id = await insertImport(portal, tenant, by, text, { kind: 'units', ...options });
    await queueCheck(portal, tenant, by, id);
    await runImports(portal);
    return id;
  };
  const importFile = async (text: string, options: Options = {}) => {
    const id = await check(text, options);
    await queueImport(portal, tenant, staff.id, id);
    await runImports(portal);
    return id;
  };
  const undo = async (id: string) => {
    await queueUndo(portal, tenant, staff.id, id);
    await runImports(portal);
  };
  const outcomes = async (id: string) =>
    (await listImportRows(portal, id)).map(({ verdict, result, errors }) => [
      verdict,
      result,
      errors.map(({ column, code }) => `${column}: ${code}`).join(', '),
    ]);
  const errorsOf = async (id: string) => (await outcomes(id)).map(([, , error]) => error);
  const units = () => sql(portal, 'select * from units where tenant_id = $1 order by code_sort', [tenant.id]);
  const eventsOf = async (id: string) => (await findEventsOf(portal, id)).map(({ event }) => event);

  it('creates, changes and keeps units, with access codes and custom fields', async () => {
    await createCustomField(portal, tenant, {
      entity: 'unit',
      code: 'floor',
      title: 'Floor',
      type: 'number',
    });
    const large = await createUnitType(portal, tenant, { name: 'Large', price_cents: 250_00n });
    const a1 = await createUnit(portal, tenant, { code: 'A-1', site, type });
    await createUnit(portal, tenant, { code: 'A-2', site, type });
    const file =
      'site,code,unit_type,price,access_code,cf.floor\n' +
      'harbour,a-1,Large,"1,250.00",0042-9415,2\n' +
      'Harbour,A-2,small,100,,\n' +
      'HARBOUR,007,Small,89.5,1234,-1\n';
    const id = await importFile(file);
    expect(await outcomes(id)).to.eql([
      ['update', 'updated', ''],
      ['unchanged', null, ''],
      ['create', 'created', ''],
    ]);
    const [created, changed, kept] = await units();
    expect(created).to.deep.include({
      code: '007',
      site_id: site.id,
      price_cents: '8950',
      status: 'available',
      custom: { floor: '-1' },
    });
    expect(changed).to.include({ id: a1.id, code: 'a-1', unit_type_id: large.id, price_cents: '125000' });
    expect(kept).to.include({ price_cents: null, version: 1 });
    const keys = portal.config.secretKeys;
    expect(unseal(keys, a1.id, changed!['sealed_access_code'] as Buffer)).to.equal('0042-9415');
    expect(await eventsOf(a1.id)).to.eql(['unit.updated']);
    expect(await eventsOf(created!['id'] as string)).to.eql(['unit.created']);
    const stored = JSON.stringify(await sql(portal, 'select * from import_rows where import_id = $1', [id]));
    expect(stored).not.to.contain('0042-9415');
    const again = await check(file);
    expect((await findImportRow(portal, again)).counts).to.eql({ unchanged: 3 });
  });

  it('names the column and the fix of each wrong cell', async () => {
    const other = await createTenant(portal);
    await createSite(portal, other, 'Theirs');
    const theirs = await createUnit(portal, other, { code: 'X' });
    await createUnit(portal, tenant, { code: 'A-1', site, type });
    const old = await createSite(portal, tenant, 'Old');
    await sql(portal, `update sites set status = 'archived' where id = $1`, [old.id]);
    const id = await check(
      `site,code,unit_type,price,access_code\n${[
        'Theirs,B-1,Small,,',
        'Nowhere,B-1,Small,,',
        'Harbour,B-1,Huge,,',
        'Harbour,B-1,,,',
        'Harbour,4.42079E+11,Small,,',
        'Harbour,=1+1,Small,,',
        'Harbour,B 1,Small,,',
        'Harbour,B-1,Small,-5,',
        'Harbour,B-1,Small,free,',
        'Harbour,B-1,Small,1.5E+3,',
        'Harbour,B-1,Small,,4.42079E+11',
        ',B-1,Small,,',
        'Old,B-1,Small,,',
        'Harbour,C-1,Small,,',
        'HARBOUR,c-1,Small,,',
      ].join('\n')}\n`,
    );
    expect(await errorsOf(id)).to.eql([
      'site: import_unknown_site',
      'site: import_unknown_site',
      'unit_type: import_unknown_unit_type',
      'unit_type: required',
      'code: import_shortened_number',
      'code: import_formula',
      'code: invalid_unit_code',
      'price: amount_too_small',
      'price: invalid_amount',
      'price: import_shortened_number',
      'access_code: import_shortened_number',
      'site: required',
      'site: import_site_archived',
      '',
      'code: import_duplicate_unit',
    ]);
    const byId = await check(`id,site,code\n${theirs.id},Harbour,X\n`, { key: 'id' });
    expect(await errorsOf(byId)).to.eql(['id: import_unknown_unit_id']);
  });

  it('finds units by their id, changes their code and keeps their site', async () => {
    await createSite(portal, tenant, 'Hill');
    const a1 = await createUnit(portal, tenant, { code: 'A-1', site, type });
    const a2 = await createUnit(portal, tenant, { code: 'A-2', site, type });
    const id = await importFile(`id,site,code\n${a1.id},Harbour,A-9\n${a2.id},Hill,A-2\n`, { key: 'id' });
    expect(await outcomes(id)).to.eql([
      ['update', 'updated', ''],
      ['error', null, 'site: import_site_kept'],
    ]);
    const taken = await check(`id,site,code\n${a2.id},Harbour,a-9\n`, { key: 'id' });
    expect(await errorsOf(taken)).to.eql(['code: unit_codes_taken']);
  });

  it('obeys the mode and the permissions of the requester', async () => {
    await createUnit(portal, tenant, { code: 'A-1', site, type });
    const file = 'site,code,unit_type,price\nHarbour,A-1,Small,5\nHarbour,B-1,Small,5\n';
    expect(await errorsOf(await check(file, { mode: 'create' }))).to.eql(['code: import_unit_exists', '']);
    expect(await errorsOf(await check(file, { mode: 'update' }))).to.eql([
      '',
      'code: import_unknown_unit_key',
    ]);
    const role = await createStaffRole(portal, tenant, ['imports.create']);
    const clerk = await createStaff(portal, tenant, { role });
    const refused = await check(file, {}, clerk.id);
    expect(await errorsOf(refused)).to.eql([]);
    expect((await findImportRow(portal, refused)).state).to.equal('failed');
  });

  it('refuses rows whose unit was changed or created after the check', async () => {
    const a1 = await createUnit(portal, tenant, { code: 'A-1', site, type });
    const id = await check('site,code,unit_type,price\nHarbour,A-1,,5\nHarbour,B-1,Small,\n');
    await sql(portal, 'update units set version = version + 1 where id = $1', [a1.id]);
    await createUnit(portal, tenant, { code: 'b-1', site, type });
    await queueImport(portal, tenant, staff.id, id);
    await runImports(portal);
    expect((await outcomes(id)).map(([, result, error]) => [result, error])).to.eql([
      ['failed', ': import_row_changed'],
      ['failed', ': import_row_changed'],
    ]);
  });

  it('is undone, except for units that were changed since or rented', async () => {
    await createCustomField(portal, tenant, { entity: 'unit', code: 'floor', title: 'Floor' });
    const a1 = await createUnit(portal, tenant, { code: 'A-1', site, type });
    const id = await importFile(
      'site,code,unit_type,price,access_code,cf.floor\n' +
        'Harbour,A-1,,5,1234,First\nHarbour,B-1,Small,,1234,First\nHarbour,B-2,Small,,,\nHarbour,B-3,Small,,,\n',
    );
    const ids = (await listImportRows(portal, id)).map(({ target_id }) => target_id!);
    await sql(portal, 'update units set version = version + 1 where id = $1', [ids[2]]);
    const company = await createCompany(portal, tenant);
    await insertRental(portal, tenant, ids[3]!, { owner: { company_id: company.id } });
    await undo(id);
    expect((await outcomes(id)).map(([, result, error]) => [result, error])).to.eql([
      ['undone', ''],
      ['undone', ''],
      ['skipped', ': undo_changed'],
      ['skipped', ': undo_has_money'],
    ]);
    const stored = await units();
    expect(stored.map(({ code }) => code)).to.eql(['A-1', 'B-2', 'B-3']);
    expect(stored[0]).to.deep.include({
      id: a1.id,
      price_cents: null,
      sealed_access_code: null,
      custom: {},
    });
    expect(await eventsOf(ids[1]!)).to.include('unit.deleted');
  });
});
