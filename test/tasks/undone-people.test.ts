import { expect } from 'chai';
import {
  createCompany,
  createTenant,
  createCustomField,
  signedInStaff,
  type TestTenant,
} from '../support/factories.ts';
import { fileRows, uploadFile } from '../support/field-files.ts';
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

describe('The undo of an import of users', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: Awaited<ReturnType<typeof signedInStaff>>;
  let companies: { id: string }[];

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    manager = await signedInStaff(portal, tenant);
    companies = [
      await createCompany(portal, tenant, { code: 'W-1' }),
      await createCompany(portal, tenant, { code: 'W-2' }),
    ];
  });

  const imported = async (lines: readonly string[]) => {
    const text = `email,first_name,company_code,add_roles\n${lines.join('\n')}\n`;
    const id = await insertImport(portal, tenant, manager.person.id, text);
    await queueCheck(portal, tenant, manager.person.id, id);
    await runImports(portal);
    await queueImport(portal, tenant, manager.person.id, id);
    await runImports(portal);
    expect((await findImportRow(portal, id)).counts).not.to.have.property('failed');
    return { id, person: (await listImportRows(portal, id))[0]!.target_id! };
  };
  const undo = async (id: string) => {
    await queueUndo(portal, tenant, manager.person.id, id);
    await runImports(portal);
    return (await listImportRows(portal, id)).map(({ result, errors }) => [result, errors[0]?.code]);
  };
  const companiesOf = async (person: string) =>
    (
      await sql(
        portal,
        `select c.code from memberships m join companies c on c.tenant_id = m.tenant_id and c.id = m.company_id
         where m.user_id = $1 order by c.code`,
        [person],
      )
    ).map(({ code }) => code);

  it('keeps a created person whole who was linked to another company since', async () => {
    const { id, person } = await imported(['a@example.com,Ann,W-1,View only']);
    await sql(portal, `insert into memberships (tenant_id, company_id, user_id) values ($1, $2, $3)`, [
      tenant.id,
      companies[1]!.id,
      person,
    ]);
    expect(await undo(id)).to.eql([['skipped', 'undo_has_records']]);
    expect(await companiesOf(person)).to.eql(['W-1', 'W-2']);
  });

  it('keeps each row of a created person who has a login since', async () => {
    const { id, person } = await imported([
      'a@example.com,Ann,W-1,View only',
      'a@example.com,,W-2,View only',
    ]);
    await sql(portal, `update users set access = 'active', password_hash = 'x' where id = $1`, [person]);
    expect(await undo(id)).to.eql([
      ['skipped', 'undo_has_login'],
      ['skipped', 'undo_has_login'],
    ]);
    expect(await companiesOf(person)).to.eql(['W-1', 'W-2']);
  });

  it('keeps each row of a created person of whom one membership was changed since', async () => {
    const { id, person } = await imported([
      'a@example.com,Ann,W-1,View only',
      'a@example.com,,W-2,View only',
    ]);
    await sql(portal, 'delete from memberships where user_id = $1 and company_id = $2', [
      person,
      companies[0]!.id,
    ]);
    expect(await undo(id)).to.eql([
      ['skipped', 'undo_changed'],
      ['skipped', 'undo_changed'],
    ]);
    expect(await companiesOf(person)).to.eql(['W-2']);
  });

  it('deletes a created person of several companies', async () => {
    const { id, person } = await imported([
      'a@example.com,Ann,W-1,View only',
      'a@example.com,,W-2,View only',
    ]);
    expect(await undo(id)).to.eql([
      ['undone', undefined],
      ['undone', undefined],
    ]);
    expect(await sql(portal, 'select 1 from users where id = $1', [person])).to.eql([]);
  });

  it('undoes or keeps a person whole whose rows are in two batches', async () => {
    // A batch of the undo has 200 rows.
    const others = Array.from({ length: 205 }, (_, n) => `p${n}@example.com,P,,`);
    const { id } = await imported([
      'a@example.com,Ann,W-1,View only',
      'b@example.com,Ben,W-1,View only',
      ...others,
      'a@example.com,,W-2,View only',
      'b@example.com,,W-2,View only',
    ]);
    const rows = await listImportRows(portal, id);
    const [ann, ben] = rows.map(({ target_id }) => target_id!);
    // Of the last row, which is undone first.
    await sql(portal, 'delete from memberships where user_id = $1 and company_id = $2', [
      ben,
      companies[1]!.id,
    ]);
    const results = await undo(id);
    expect([...results.slice(0, 2), ...results.slice(-2)]).to.eql([
      ['undone', undefined],
      ['skipped', 'undo_changed'],
      ['undone', undefined],
      ['skipped', 'undo_changed'],
    ]);
    expect(await companiesOf(ann!)).to.eql([]);
    expect(await companiesOf(ben!)).to.eql(['W-1']);
    expect((await findImportRow(portal, id)).counts).to.include({ undone: 207, skipped: 2 });
    const left = await sql(portal, `select email from users where tenant_id = $1 and audience = 'customer'`, [
      tenant.id,
    ]);
    expect(left).to.eql([{ email: 'b@example.com' }]);
  });

  it('keeps a created person for whom a file was uploaded since, with the file', async () => {
    const field = await createCustomField(portal, tenant, {
      type: 'file',
      title: 'Contract',
      code: 'contract',
    });
    const { id, person } = await imported(['a@example.com,Ann,W-1,View only']);
    await uploadFile(manager, await manager.visit(`/files/${field.id}/${person}`));
    expect(await undo(id)).to.eql([['skipped', 'undo_changed']]);
    expect(await companiesOf(person)).to.eql(['W-1']);
    expect((await fileRows(portal, tenant)).some(({ is_kept }) => is_kept)).to.equal(true);
  });

  it('is refused a day after the import', async () => {
    const { id } = await imported(['a@example.com,Ann,W-1,View only']);
    await sql(portal, `update imports set imported_at = now() - interval '24 hours' where id = $1`, [id]);
    expect((await manager.visit(`/imports/${id}`)).text).not.to.include('Undo this import');
    let refused = '';
    await queueUndo(portal, tenant, manager.person.id, id).catch((error: Error) => (refused = error.message));
    expect(refused).to.include('import_not_undoable');
    expect((await findImportRow(portal, id)).state).to.equal('imported');
  });
});
