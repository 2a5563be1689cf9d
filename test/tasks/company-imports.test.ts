import { expect } from 'chai';
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
import { createLabel, labelsOfRow } from '../support/labels.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import { createUnit, insertRental } from '../support/units.ts';

type Options = Parameters<typeof insertImport>[4];

describe('An import of companies', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let staff: TestPerson;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    staff = await createStaff(portal, tenant);
  });

  const check = async (text: string, options: Options = {}, by = staff.id) => {
    const id = await insertImport(portal, tenant, by, text, { kind: 'companies', ...options });
    await queueCheck(portal, tenant, by, id);
    await runImports(portal);
    return id;
  };
  const run = async (id: string) => {
    await queueImport(portal, tenant, staff.id, id);
    await runImports(portal);
    return id;
  };
  const importFile = async (text: string, options: Options = {}) => run(await check(text, options));
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
  const companies = () =>
    sql(
      portal,
      `select c.*, p.code as parent_code from companies c
       left join companies p on p.tenant_id = c.tenant_id and p.id = c.parent_id
       where c.tenant_id = $1 order by c.code_norm`,
      [tenant.id],
    );
  const eventsOf = async (id: string) => (await findEventsOf(portal, id)).map(({ event }) => event);

  it('creates, changes and keeps companies, with labels, status, billing emails and custom fields', async () => {
    await createLabel(portal, tenant, 'Key account');
    await createCustomField(portal, tenant, { entity: 'company', code: 'sector', title: 'Sector' });
    const old = await createCompany(portal, tenant, { code: 'OLD-1', name: 'Old' });
    await createCompany(portal, tenant, { code: 'SAME', name: 'Same' });
    const file =
      'code,name,address,billing_emails,status,status_reason,labels,cf.sector\n' +
      'old-1,Old Works,"1 Quay Street",a@x.example; B@X.example,On hold,Late,key account,Fish\n' +
      'SAME,,,,Active,,,\n' +
      '007,James,,,pending,,Key account,Tea\n';
    const id = await importFile(file);
    expect(await outcomes(id)).to.eql([
      ['update', 'updated', ''],
      ['unchanged', null, ''],
      ['create', 'created', ''],
    ]);
    const [created, changed] = await companies();
    expect(created).to.deep.include({
      code: '007',
      name: 'James',
      status: 'pending',
      custom: { sector: 'Tea' },
    });
    expect(changed).to.deep.include({
      id: old.id,
      code: 'old-1',
      name: 'Old Works',
      billing_emails: ['a@x.example', 'b@x.example'],
      status: 'on_hold',
      status_reason: 'Late',
      version: 2,
    });
    expect(await labelsOfRow(portal, 'company', old.id)).to.eql(['Key account']);
    expect(await eventsOf(old.id)).to.have.members([
      'company.updated',
      'company.status_changed',
      'company.labels_changed',
    ]);
    expect(await eventsOf(created!['id'] as string)).to.have.members([
      'company.created',
      'company.labels_changed',
    ]);
    const again = await check(file);
    expect((await findImportRow(portal, again)).counts).to.eql({ unchanged: 3 });
  });

  it('finds a parent in a later row of another batch, and is undone from the last row to the first', async () => {
    const children = Array.from({ length: 1_300 }, (_, n) => `K-${n},Child ${n},TOP`);
    const id = await importFile(`code,name,parent_code\n${[...children, 'TOP,Top,'].join('\n')}\n`);
    expect((await findImportRow(portal, id)).counts).to.eql({ create: 1_301, created: 1_301 });
    const [counted] = await sql(
      portal,
      `select count(*)::int as n from companies c join companies p on p.tenant_id = c.tenant_id and p.id = c.parent_id
       where c.tenant_id = $1 and p.code = 'TOP'`,
      [tenant.id],
    );
    expect(counted).to.eql({ n: 1_300 });
    await undo(id);
    expect((await findImportRow(portal, id)).counts).to.deep.include({ undone: 1_301 });
    expect(await companies()).to.eql([]);
  });

  it('refuses unknown parents, rows below refused ones, and cycles, also of two rows', async () => {
    const a = await createCompany(portal, tenant, { code: 'A' });
    await createCompany(portal, tenant, { code: 'B', parent_id: a.id });
    await createCompany(portal, tenant, { code: 'OFF', status: 'archived' });
    const other = await createTenant(portal);
    await createCompany(portal, other, { code: 'THEIRS' });
    const id = await check(
      'code,name,parent_code\n' +
        'A,,B\n' +
        'X,X,Y\nY,Y,X\n' +
        'Z,Z,X\n' +
        'N,N,NOWHERE\nM,M,N\n' +
        'P,P,THEIRS\n' +
        'Q,Q,OFF\n' +
        'S,S,S\n' +
        'OK,Ok,LATER\nLATER,Later,B\n',
    );
    expect((await outcomes(id)).map(([verdict, , error]) => `${verdict} ${error}`)).to.eql([
      'error parent_code: circular_parent',
      'error parent_code: circular_parent',
      'error parent_code: circular_parent',
      'error parent_code: import_parent_refused',
      'error parent_code: import_unknown_parent',
      'error parent_code: import_parent_refused',
      'error parent_code: import_unknown_parent',
      'error parent_code: parent_archived',
      'error parent_code: circular_parent',
      'create ',
      'create ',
    ]);
    expect((await findImportRow(portal, id)).counts).to.eql({ create: 2, error: 9 });
    await run(id);
    expect((await companies()).filter(({ code }) => code === 'OK')[0]).to.include({ parent_code: 'LATER' });
  });

  it('refuses a cycle of rows in different batches', async () => {
    const many = Array.from({ length: 1_000 }, (_, n) => `F-${n},F,`);
    const id = await importFile(`code,name,parent_code\n${['X,X,Y', ...many, 'Y,Y,X'].join('\n')}\n`);
    const rows = await outcomes(id);
    expect([rows[0], rows.at(-1)]).to.eql([
      ['error', null, 'parent_code: import_parent_refused'],
      ['error', null, 'parent_code: import_parent_refused'],
    ]);
    await createCompany(portal, tenant, { code: 'A' });
    await createCompany(portal, tenant, { code: 'B' });
    const more = many.map((row) => row.replace('F-', 'G-'));
    const second = await importFile(`code,name,parent_code\n${['A,,B', ...more, 'B,,A'].join('\n')}\n`);
    const last = (await outcomes(second)).at(-1);
    expect(last).to.eql(['update', 'failed', 'parent_code: circular_parent']);
  });

  it('takes a parent whose code was taken between the check and the import', async () => {
    const id = await check('code,name,parent_code\nKID,Kid,TOP\nTOP,Top,\n');
    await createCompany(portal, tenant, { code: 'top', name: 'Other' });
    await run(id);
    expect(await outcomes(id)).to.eql([
      ['create', 'created', ''],
      ['create', 'failed', ': import_row_changed'],
    ]);
    expect((await companies())[0]).to.include({ code: 'KID', parent_code: 'top' });
  });

  it('names the column and the fix of each wrong cell', async () => {
    const other = await createTenant(portal);
    const theirs = await createCompany(portal, other, { code: 'THEIRS' });
    await createCompany(portal, tenant, { code: 'DUP' });
    await createCompany(portal, tenant, { code: 'OFF', status: 'archived' });
    await createCustomField(portal, tenant, {
      entity: 'company',
      code: 'since',
      title: 'Since',
      type: 'date',
    });
    const id = await check(
      'code,name,billing_emails,status,status_reason,labels,cf.since\n' +
        [
          '4.42079E+11,Ann,,,,,',
          '=A1,Ann,,,,,',
          'with space,Ann,,,,,',
          ',Ann,,,,,',
          'B,,,,,,',
          'C,Ann,nonsense,,,,',
          'D,Ann,,Unheard,,,',
          'E,Ann,,On hold,,,',
          'F,Ann,,,,Nonsense,',
          'G,Ann,,,,,31/12/2026',
          'THEIRS,Ann,,,,,',
          'theirs,Ann,,,,,',
          'dup,,,On hold,,,',
          'OFF,Renamed,,,,,',
          'H,Ann',
        ].join('\n') +
        '\n',
    );
    expect((await outcomes(id)).map(([, , error]) => error)).to.eql([
      'code: import_shortened_number',
      'code: import_formula',
      'code: invalid_company_code',
      'code: required',
      'name: required',
      'billing_emails: invalid_email',
      'status: import_unknown_status',
      'status_reason: required',
      'labels: import_unknown_label',
      'cf.since: import_invalid_date',
      '',
      'code: import_duplicate_company',
      'status_reason: required',
      ': company_archived',
      ': import_too_few_cells',
    ]);
    const byId = await check(`id,code,name\n${theirs.id},NEW,New\nno-id,NEW2,New\n`, { key: 'id' });
    expect((await outcomes(byId)).map(([, , error]) => error)).to.eql([
      'id: import_unknown_company_id',
      'id: import_unknown_company_id',
    ]);
  });

  it('changes the code of a company that is found by its id', async () => {
    const a = await createCompany(portal, tenant, { code: 'A', name: 'A' });
    await createCompany(portal, tenant, { code: 'B', name: 'B' });
    const id = await importFile(`id,code,name\n${a.id},A-2,\n,C,New\n`, { key: 'id' });
    expect(await outcomes(id)).to.eql([
      ['update', 'updated', ''],
      ['create', 'created', ''],
    ]);
    const taken = await check(`id,code\n${a.id},b\n`, { key: 'id' });
    expect(await outcomes(taken)).to.eql([['error', null, 'code: company_code_taken']]);
    await createCompany(portal, tenant, { code: 'a', name: 'Took the code' });
    await undo(id);
    const rows = await outcomes(id);
    expect(rows.map(([, result, error]) => [result, error])).to.eql([
      ['skipped', ': undo_code_taken'],
      ['undone', ''],
    ]);
  });

  it('obeys the mode and the permissions of the requester', async () => {
    const stored = await createCompany(portal, tenant, { code: 'A', name: 'A' });
    const file = 'code,name,status,status_reason\nA,Changed,,\nB,New,,\nC,New,Blocked,Unpaid\n';
    const errors = async (options: Options, by = staff.id) =>
      (await outcomes(await check(file, options, by))).map(([, , error]) => error);
    expect(await errors({ mode: 'create' })).to.eql(['code: import_company_exists', '', '']);
    expect(await errors({ mode: 'update' })).to.eql([
      '',
      'code: import_unknown_company_key',
      'code: import_unknown_company_key',
    ]);
    const permissions = ['imports.create', 'companies.create', 'companies.edit'] as const;
    const role = await createStaffRole(portal, tenant, permissions);
    const clerk = await createStaff(portal, tenant, { role });
    expect(await errors({}, clerk.id)).to.eql(['', '', 'status: import_not_permitted']);
    expect((await companies())[0]).to.include({ id: stored.id, name: 'A' });
  });

  it('archives no company with an open rental', async () => {
    const busy = await createCompany(portal, tenant, { code: 'BUSY' });
    await createCompany(portal, tenant, { code: 'FREE' });
    const unit = await createUnit(portal, tenant);
    await insertRental(portal, tenant, unit.id, { owner: { company_id: busy.id } });
    const id = await check('code,status,status_reason\nBUSY,Archived,Left\nFREE,archived,Left\n');
    expect(await outcomes(id)).to.eql([
      ['error', null, 'status: company_in_use'],
      ['update', null, ''],
    ]);
  });

  it('is undone, except for companies that were changed since or have records', async () => {
    const label = await createLabel(portal, tenant, 'Gold');
    await createCustomField(portal, tenant, {
      entity: 'company',
      code: 'sector',
      title: 'Sector',
      is_searchable: true,
    });
    const top = await createCompany(portal, tenant, { code: 'TOP', name: 'Top' });
    const old = await createCompany(portal, tenant, { code: 'OLD', name: 'Old', parent_id: top.id });
    const id = await importFile(
      'code,name,parent_code,status,status_reason,labels,cf.sector\n' +
        'OLD,Renamed,NEW,Blocked,Unpaid,Gold,Fish\n' +
        'KEPT,Kept,,,,,\n' +
        'BELOW,Below,KEPT2,,,,\n' +
        'KEPT2,Above,,,,,\n' +
        'MONEY,Money,,,,,\n' +
        'NEW,New,,,,Gold,Tea\n',
    );
    const rows = await listImportRows(portal, id);
    await sql(portal, 'update companies set version = version + 1 where id = any($1::uuid[])', [
      [rows[1]!.target_id, rows[2]!.target_id],
    ]);
    const unit = await createUnit(portal, tenant);
    await insertRental(portal, tenant, unit.id, { owner: { company_id: rows[4]!.target_id! } });
    await undo(id);
    expect((await outcomes(id)).map(([, result, error]) => [result, error])).to.eql([
      ['undone', ''],
      ['skipped', ': undo_changed'],
      ['skipped', ': undo_changed'],
      ['skipped', ': undo_has_records'],
      ['skipped', ': undo_has_money'],
      ['undone', ''],
    ]);
    const stored = await companies();
    expect(stored.map(({ code }) => code)).to.eql(['BELOW', 'KEPT', 'KEPT2', 'MONEY', 'OLD', 'TOP']);
    expect(stored[4]).to.deep.include({
      id: old.id,
      name: 'Old',
      parent_code: 'TOP',
      status: 'active',
      status_reason: null,
      custom: {},
    });
    expect(await labelsOfRow(portal, 'company', old.id)).to.eql([]);
    expect(await sql(portal, 'select 1 from company_labels where label_id = $1', [label.id])).to.eql([]);
    expect(await eventsOf(rows[5]!.target_id!)).to.include('company.deleted');
    expect(await eventsOf(old.id)).to.include('company.status_changed');
  });
});
