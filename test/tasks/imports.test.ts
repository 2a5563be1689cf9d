import { expect } from 'chai';
import { inTenant } from '../../src/database/in-tenant.ts';
import type { TenantDb } from '../../src/database/tenant-db.ts';
import type { Actor } from '../../src/domain/actor.ts';
import { cancelImport } from '../../src/domain/import/cancel-import.ts';
import { findStaffActor } from '../../src/domain/role/staff-actor.ts';
import { cancelTask } from '../../src/domain/task/cancel-task.ts';
import { findEventsOf } from '../support/audit.ts';
import {
  createCompany,
  createCustomer,
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
  runSlot,
} from '../support/import-tasks.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import { findTaskRow } from '../support/tasks.ts';

describe('An import of users', () => {
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

  const check = async (text: string | Buffer, options: Parameters<typeof insertImport>[4] = {}) => {
    const id = await insertImport(portal, tenant, staff.id, text, options);
    await queueCheck(portal, tenant, staff.id, id);
    await runImports(portal);
    return id;
  };
  const importFile = async (text: string, options: Parameters<typeof insertImport>[4] = {}) => {
    const id = await check(text, options);
    await queueImport(portal, tenant, staff.id, id);
    await runImports(portal);
    return id;
  };
  const undo = async (id: string) => {
    await queueUndo(portal, tenant, staff.id, id);
    await runImports(portal);
  };
  const errorsOf = async (id: string) =>
    (await listImportRows(portal, id)).map(({ errors }) =>
      errors.map(({ column, code }) => `${column}: ${code}`).join(', '),
    );
  const customers = () =>
    sql(portal, `select * from users where tenant_id = $1 and audience = 'customer' order by email`, [
      tenant.id,
    ]);

  it('finds rows to create, to update and unchanged ones, and imports them', async () => {
    const ada = await createCustomer(portal, tenant, {
      email: 'ada@example.com',
      first_name: 'Ada',
      last_name: 'Obi',
    });
    const same = { first_name: 'Theo', last_name: 'Marlow' };
    await createCustomer(portal, tenant, { email: 'theo@example.com', ...same });
    const id = await importFile(
      'email,first_name,last_name,phone\nADA@example.com,Ada,Obi,+44 20 7946 0000\ntheo@example.com,Theo,,\nnew@example.com,Nia,Park,\n',
    );
    const rows = await listImportRows(portal, id);
    expect(rows.map(({ line, verdict, result }) => [line, verdict, result])).to.eql([
      [2, 'update', 'updated'],
      [3, 'unchanged', null],
      [4, 'create', 'created'],
    ]);
    expect(rows[0]!.changes).to.eql({ phone: [null, '+44 20 7946 0000'] });
    expect(await findImportRow(portal, id)).to.deep.include({
      state: 'imported',
      counts: { create: 1, update: 1, unchanged: 1, created: 1, updated: 1 },
    });
    const [first, nia] = await customers();
    expect(first).to.include({ id: ada.id, phone: '+44 20 7946 0000', version: 2 });
    expect(nia).to.include({
      id: rows[2]!.target_id,
      name: 'Nia Park',
      access: 'no_access',
      is_private_customer: true,
    });
    expect((await findEventsOf(portal, ada.id)).map(({ event }) => event)).to.include('user.updated');
    expect((await findEventsOf(portal, rows[2]!.target_id!)).map(({ event }) => event)).to.eql([
      'user.created',
    ]);
    const events = await findEventsOf(portal, id);
    expect(events.map(({ event }) => event)).to.eql([
      'import.check_started',
      'import.started',
      'import.finished',
    ]);
    expect(
      await sql(portal, 'select 1 from emails where tenant_id = $1 and user_id = $2', [
        tenant.id,
        nia!['id'],
      ]),
    ).to.eql([]);
  });

  it('changes nothing when the same file is imported again', async () => {
    await createCompany(portal, tenant, { code: 'W-1' });
    await createCustomField(portal, tenant, { code: 'gate', title: 'Gate' });
    await createCustomField(portal, tenant, { code: 'pin', title: 'Pin', is_secret: true });
    const file =
      'email,first_name,company_code,add_roles,cf.gate,cf.pin\na@example.com,Ann,w-1,Company Admin,North,pin of Ann\n';
    await importFile(file);
    const id = await check(file);
    expect((await listImportRows(portal, id)).map(({ verdict }) => verdict)).to.eql(['unchanged']);
    const [stored] = await customers();
    expect(stored!['custom']).to.have.property('gate', 'North');
    expect(JSON.stringify(stored)).not.to.contain('pin of Ann');
    const rows = await sql(portal, 'select * from import_rows where tenant_id = $1', [tenant.id]);
    expect(JSON.stringify(rows)).not.to.contain('pin of Ann');
  });

  it('names the column and the fix of each wrong cell', async () => {
    await createCompany(portal, tenant, { code: 'W-1' });
    await createCustomField(portal, tenant, {
      code: 'size',
      title: 'Size',
      type: 'choice',
      choices: ['Small'],
    });
    await createCustomField(portal, tenant, { code: 'since', title: 'Since', type: 'date' });
    const head = 'email,first_name,phone,company_code,add_roles,cf.size,cf.since\n';
    const id = await check(
      `${head}${[
        'no address,Ann,,,,,',
        'a@example.com,Ann,4.42079E+11,,,,',
        'b@example.com,=A1,,,,,',
        'c@example.com,Ann,,NONE,View only,,',
        'd@example.com,Ann,,W-1,Nonsense,,',
        'e@example.com,Ann,,W-1,Manager,,',
        'f@example.com,Ann,,,,Large,',
        'g@example.com,Ann,,,,,31/12/2026',
        'h@example.com,,,,,,',
        `${staff.email},Ann,,,,,`,
        'i@example.com,Ann,,,View only,,',
        'j@example.com,Ann',
        'k@example.com,Ann,,W-1,,,',
        'l@example.com,"Ann',
        'Lee",,,,,',
      ].join('\n')}\n`,
    );
    expect(await errorsOf(id)).to.eql([
      'email: invalid_email',
      'phone: import_shortened_number',
      'first_name: import_formula',
      'company_code: import_unknown_company',
      'add_roles: import_unknown_role',
      'add_roles: import_staff_role',
      'cf.size: import_unlisted_choice',
      'cf.since: import_invalid_date',
      'first_name: required',
      'email: import_staff_email',
      'add_roles: import_company_missing',
      ': import_too_few_cells',
      'add_roles: import_role_missing',
      'first_name: several_lines',
    ]);
  });

  it('refuses a second row of a person, also in another spelling, and links another company', async () => {
    await createCompany(portal, tenant, { code: 'W-1' });
    await createCompany(portal, tenant, { code: 'W-2' });
    // More than a batch has.
    const long = 'x'.repeat(900_000);
    const people = Array.from({ length: 6 }, (_, n) => `p${n}@example.com,P,W-1,View only,${long}`);
    const id = await importFile(
      `email,first_name,company_code,add_roles,remarks\n${[
        ...people,
        'P0@Example.com,P,W-2,View only,',
        'P1@Example.com,P,W-1,View only,',
        'p2@example.com,Q,W-2,View only,',
        'p3@example.com,,W-2,View only,',
      ].join('\n')}\n`,
      { mapping: ['email', 'first_name', 'company_code', 'add_roles', null] },
    );
    const rows = (await listImportRows(portal, id)).slice(-4);
    expect(rows.map(({ verdict, result, errors }) => [verdict, result, errors[0]?.code])).to.eql([
      ['update', 'updated', undefined],
      ['error', null, 'import_duplicate'],
      ['error', null, 'import_conflict'],
      ['update', 'updated', undefined],
    ]);
    const [counted] = await sql<{ memberships: number; roles: number }>(
      portal,
      `select (select count(*)::int from memberships where tenant_id = $1) as memberships,
        (select count(*)::int from role_assignments where tenant_id = $1 and company_id is not null) as roles`,
      [tenant.id],
    );
    expect(counted).to.eql({ memberships: 8, roles: 8 });
    await undo(id);
    expect(await customers()).to.eql([]);
    expect((await findImportRow(portal, id)).counts).to.include({ undone: 8 });
  });

  it('refuses rows whose record was changed or created after the check', async () => {
    const ada = await createCustomer(portal, tenant, { email: 'ada@example.com', first_name: 'Ada' });
    const id = await check(
      'email,first_name\nada@example.com,Adele\nnew@example.com,Nia\nother@example.com,Odo\n',
    );
    await sql(portal, 'update users set version = version + 1 where id = $1', [ada.id]);
    await createCustomer(portal, tenant, { email: 'new@example.com', first_name: 'Nina' });
    await queueImport(portal, tenant, staff.id, id);
    await runImports(portal);
    const rows = await listImportRows(portal, id);
    expect(rows.map(({ result, errors }) => [result, errors[0]?.code])).to.eql([
      ['failed', 'import_row_changed'],
      ['failed', 'import_row_changed'],
      ['created', undefined],
    ]);
    expect((await customers()).map(({ first_name }) => first_name)).to.eql(['Ada', 'Nina', 'Odo']);
  });

  it('refuses rows of stored people whose memberships or roles were changed after the check', async () => {
    const company = await createCompany(portal, tenant, { code: 'W-1', name: 'Works' });
    const people = ['a', 'b', 'c', 'd'].map((name) => `${name}@example.com`);
    for (const email of people) await createCustomer(portal, tenant, { email, first_name: 'Ann' });
    const file = `email,company_code,add_roles\n${people.map((email) => `${email},W-1,View only`).join('\n')}\n`;
    const id = await check(file);
    const rows = await listImportRows(portal, id);
    expect(rows[0]!.changes).to.eql({ company: [null, 'Works'], roles: [[], ['View only']] });
    const link = (person: number) =>
      sql(portal, 'insert into memberships (tenant_id, company_id, user_id) values ($1, $2, $3)', [
        tenant.id,
        company.id,
        rows[person]!.target_id,
      ]);
    const assign = (person: number, role: string) =>
      sql(
        portal,
        `insert into role_assignments (tenant_id, id, company_id, user_id, role_id)
         select $1, gen_random_uuid(), $2, $3, id from roles where tenant_id = $1 and name = $4`,
        [tenant.id, company.id, rows[person]!.target_id, role],
      );
    await link(0);
    await assign(0, 'Company Admin');
    await link(1);
    await assign(1, 'View only');
    await link(2);
    await queueImport(portal, tenant, staff.id, id);
    await runImports(portal);
    const results = await listImportRows(portal, id);
    expect(results.map(({ result, errors }) => [result, errors[0]?.code])).to.eql([
      ['failed', 'import_row_changed'],
      ['equal', undefined],
      ['failed', 'import_row_changed'],
      ['updated', undefined],
    ]);
    const { counts } = await findImportRow(portal, id);
    expect(counts).to.include({ failed: 2, equal: 1, updated: 1 }).and.not.have.property('skipped');
    const again = await listImportRows(portal, await check(file));
    expect(again[0]!.changes).to.eql({
      company: 'Works',
      roles: [['Company Admin'], ['Company Admin', 'View only']],
    });
    expect(again.map(({ verdict }) => verdict)).to.eql(['update', 'unchanged', 'update', 'unchanged']);
  });

  it('stops when the requester loses a permission or a custom field is deleted after the check', async () => {
    const field = await createCustomField(portal, tenant, { code: 'gate', title: 'Gate' });
    const file = 'email,first_name,cf.gate\na@example.com,Ann,North\n';
    const role = await createStaffRole(portal, tenant, ['imports.create', 'users.create', 'users.edit']);
    const clerk = await createStaff(portal, tenant, { role });
    const id = await insertImport(portal, tenant, clerk.id, file);
    await queueCheck(portal, tenant, clerk.id, id);
    await runImports(portal);
    const errorOf = async () => {
      await queueImport(portal, tenant, clerk.id, id);
      await runImports(portal);
      const { state, task_id } = await findImportRow(portal, id);
      return [state, (await findTaskRow(portal, task_id)).error];
    };
    const change = (text: string) => sql(portal, text, [tenant.id, role]);
    await change(
      `delete from role_permissions p using roles r where r.tenant_id = $1 and r.code = $2
         and p.tenant_id = r.tenant_id and p.role_id = r.id and p.permission = 'users.edit'`,
    );
    expect(await errorOf()).to.eql(['failed', 'not_permitted']);
    await change(
      `insert into role_permissions (tenant_id, role_id, permission)
       select tenant_id, id, 'users.edit' from roles where tenant_id = $1 and code = $2`,
    );
    await sql(portal, 'delete from custom_fields where id = $1', [field.id]);
    expect(await errorOf()).to.eql(['failed', 'import_column_gone']);
    const unchecked = await insertImport(portal, tenant, clerk.id, file);
    await queueCheck(portal, tenant, clerk.id, unchecked);
    await runImports(portal);
    expect(await findImportRow(portal, unchecked)).to.include({ state: 'failed' });
    expect(await customers()).to.eql([]);
  });

  it('can be undone after a custom field of it was deleted', async () => {
    const field = await createCustomField(portal, tenant, { code: 'gate', title: 'Gate' });
    const id = await importFile('email,first_name,cf.gate\na@example.com,Ann,\n');
    await sql(portal, 'delete from custom_fields where id = $1', [field.id]);
    await undo(id);
    expect(await customers()).to.eql([]);
  });

  it('shows cells with half a character or a cut one in its errors', async () => {
    const half = '\ud83d';
    const rows = [
      `${'x'.repeat(199)}😀,Ann,,`,
      `a@example.com,${half},,`,
      `${half},Ann,,`,
      `b@example.com,Ann,W-1,${'x'.repeat(99)}😀`,
      `c@example.com,Ann,W-1,${half}`,
    ];
    const text = `\ufeffemail,first_name,company_code,add_roles\n${rows.join('\n')}\n`;
    await createCompany(portal, tenant, { code: 'W-1' });
    const id = await check(Buffer.from(text, 'utf16le'));
    const errors = (await listImportRows(portal, id)).map((row) => row.errors[0]);
    expect(errors.map((error) => error?.code)).to.eql([
      'invalid_email',
      'invalid',
      'invalid',
      'import_unknown_role',
      'invalid',
    ]);
    expect(errors[0]!.value).to.equal('x'.repeat(199));
    expect(errors[1]!.value).to.equal('\ufffd');
    expect(errors[3]!.params).to.eql({ role: 'x'.repeat(99) });
    expect(await findImportRow(portal, id)).to.include({ state: 'checked' });
  });

  it('changes no archived company, also one that was archived after the check', async () => {
    const [first, second] = [
      await createCompany(portal, tenant, { code: 'W-1' }),
      await createCompany(portal, tenant, { code: 'W-2', name: 'Second' }),
    ];
    const archive = (company: { id: string }) =>
      sql(portal, `update companies set status = 'archived', status_reason = 'Closed' where id = $1`, [
        company.id,
      ]);
    await archive(first);
    const head = 'email,first_name,company_code,company_name,add_roles\n';
    const id = await check(
      `${head}a@example.com,Ann,W-1,,View only\nb@example.com,Ben,W-2,,View only\nc@example.com,Cy,,Second,View only\n`,
    );
    expect(await errorsOf(id)).to.eql(['company_code: company_archived', '', '']);
    await archive(second);
    await queueImport(portal, tenant, staff.id, id);
    await runImports(portal);
    expect(await errorsOf(id)).to.eql([
      'company_code: company_archived',
      'company_code: company_archived',
      'company_name: company_archived',
    ]);
    expect(await customers()).to.eql([]);
  });

  it('undoes everything of all or nothing when a row fails', async () => {
    const id = await check('email,first_name\na@example.com,Ann\nb@example.com,Ben\n');
    await createCustomer(portal, tenant, { email: 'b@example.com', first_name: 'Other' });
    await queueImport(portal, tenant, staff.id, id, true);
    await runImports(portal);
    expect(await findImportRow(portal, id)).to.deep.include({ state: 'undone' });
    expect((await listImportRows(portal, id)).map(({ result }) => result)).to.eql(['undone', 'failed']);
    expect((await customers()).map(({ first_name }) => first_name)).to.eql(['Other']);
  });

  it('is undone, except for records that were changed since', async () => {
    const company = await createCompany(portal, tenant, { code: 'W-1' });
    await createCustomField(portal, tenant, { code: 'gate', title: 'Gate', is_searchable: true });
    const old = { first_name: 'Ada', last_name: 'Obi' };
    const ada = await createCustomer(portal, tenant, { email: 'ada@example.com', ...old });
    const id = await importFile(
      'email,first_name,company_code,add_roles,cf.gate\nada@example.com,Adele,W-1,View only,South\n' +
        'a@example.com,Ann,,,North\nb@example.com,Ben,,,North\nc@example.com,Cy,W-1,View only,\n',
    );
    const ids = (await listImportRows(portal, id)).map(({ target_id }) => target_id!);
    await sql(portal, `update users set version = version + 1 where id = $1`, [ids[1]]);
    await sql(portal, `update users set access = 'active', password_hash = 'x' where id = $1`, [ids[2]]);
    await undo(id);
    const rows = await listImportRows(portal, id);
    expect(rows.map(({ result, errors }) => [result, errors[0]?.code])).to.eql([
      ['undone', undefined],
      ['skipped', 'undo_changed'],
      ['skipped', 'undo_has_login'],
      ['undone', undefined],
    ]);
    const stored = await customers();
    expect(stored.map(({ email }) => email)).to.eql(['a@example.com', 'ada@example.com', 'b@example.com']);
    expect(stored[1]).to.deep.include({ id: ada.id, first_name: 'Ada', custom: {} });
    expect(await sql(portal, 'select 1 from memberships where company_id = $1', [company.id])).to.eql([]);
    const indexed = await sql(portal, 'select 1 from custom_field_values_index where entity_id = $1', [
      ada.id,
    ]);
    expect(indexed).to.eql([]);
    expect((await findEventsOf(portal, ids[3]!)).map(({ event }) => event)).to.include('user.deleted');
    expect((await findEventsOf(portal, id)).map(({ event }) => event).slice(-2)).to.eql([
      'import.undo_started',
      'import.undone',
    ]);
  });

  it('imports nothing further after it was cancelled', async () => {
    const id = await check('email,first_name\na@example.com,Ann\n');
    await queueImport(portal, tenant, staff.id, id);
    await inTenant(portal.database, tenant.id, async (db) =>
      cancelImport(db, (await findStaffActor(db, staff.id))!, id),
    );
    await runImports(portal);
    expect((await findImportRow(portal, id)).state).to.equal('cancelled');
    expect(await customers()).to.eql([]);
    expect((await findEventsOf(portal, id)).map(({ event }) => event)).to.include('import.cancelled');
  });

  it('undoes all or nothing that is cancelled midway, by its page or its task', async () => {
    const long = 'x'.repeat(900_000);
    for (const cancel of [
      async (db: TenantDb, actor: Actor, id: string) => cancelImport(db, actor, id),
      async (db: TenantDb, actor: Actor, _: string, task: string) => cancelTask(db, actor, task),
    ]) {
      const people = Array.from({ length: 8 }, (_, n) => `p${n}@example.com,P,${long}`);
      const text = `email,first_name,remarks\n${people.join('\n')}\n`;
      const id = await check(text, { mapping: ['email', 'first_name', null] });
      const task = await queueImport(portal, tenant, staff.id, id, true);
      await runSlot(portal, tenant.id, task);
      expect(await customers()).to.have.length(5);
      await inTenant(portal.database, tenant.id, async (db) =>
        cancel(db, (await findStaffActor(db, staff.id))!, id, task),
      );
      expect((await findTaskRow(portal, task)).state).to.equal('cancelled');
      expect((await findImportRow(portal, id)).state).to.equal('undoing');
      await runImports(portal);
      expect(await findImportRow(portal, id)).to.deep.include({
        state: 'undone',
        counts: { create: 8, created: 5, undone: 5 },
      });
      expect(await customers()).to.eql([]);
    }
  });
});
