import { expect } from 'chai';
import {
  createCompany,
  createStaff,
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

const HEADINGS = 'id,email,first_name,last_name,phone,company_code,add_roles';

describe('An import of people without an email address', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let staff: TestPerson;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    staff = await createStaff(portal, tenant);
    await createCompany(portal, tenant, { code: 'W-1' });
    await createCompany(portal, tenant, { code: 'W-2' });
  });

  const importRows = async (rows: readonly string[], options: Parameters<typeof insertImport>[4] = {}) => {
    const text = [HEADINGS, ...rows, ''].join('\n');
    const id = await insertImport(portal, tenant, staff.id, text, options);
    await queueCheck(portal, tenant, staff.id, id);
    await runImports(portal);
    const { create = 0, update = 0 } = (await findImportRow(portal, id)).counts;
    if (create + update > 0) {
      await queueImport(portal, tenant, staff.id, id);
      await runImports(portal);
    }
    return id;
  };
  const verdictsOf = async (id: string) =>
    (await listImportRows(portal, id)).map(({ verdict, errors }) =>
      [verdict, ...errors.map(({ column, code }) => `${column}: ${code}`)].join(' '),
    );
  const people = () =>
    sql<{ id: string; name: string; phone: string | null; email: null; access: string }>(
      portal,
      `select id, name, phone, email, access from users where tenant_id = $1 and audience = 'customer' order by name, id`,
      [tenant.id],
    );

  const ANN = ',,Ann,Lee,+44 20 7946 0000,,';
  const BEN = ',,Ben,Day,,W-1,Company Admin';

  it('creates them without access, once for the same file', async () => {
    const first = await importRows([ANN, BEN]);
    expect(await findImportRow(portal, first)).to.deep.include({ counts: { create: 2, created: 2 } });
    const stored = await people();
    expect(stored.map(({ name, email, access }) => [name, email, access])).to.eql([
      ['Ann Lee', null, 'no_access'],
      ['Ben Day', null, 'no_access'],
    ]);
    expect(await verdictsOf(await importRows([ANN, BEN]))).to.eql(['unchanged', 'unchanged']);
    expect(await verdictsOf(await importRows([',,ann,LEE,+442079460000,,']))).to.eql(['update']);
    expect((await people()).map(({ id }) => id)).to.have.members(stored.map(({ id }) => id));
  });

  it('creates another person for another phone number or company', async () => {
    await importRows([ANN, BEN]);
    const others = [',,Ann,Lee,+44 20 7946 0001,,', ',,Ann,Lee,,,', ',,Ben,Day,,w-2,Company Admin'];
    expect(await verdictsOf(await importRows(others))).to.eql(['create', 'create', 'create']);
    expect(await people()).to.have.length(5);
  });

  it('finds them by the id of an export, and changes them', async () => {
    await importRows([ANN]);
    const [ann] = await people();
    const exported = `${ann!.id},,Ann,Lee,+44 20 7946 0000,,`;
    expect(await verdictsOf(await importRows([exported]))).to.eql(['unchanged']);
    expect(await verdictsOf(await importRows([exported], { key: 'id' }))).to.eql(['unchanged']);
    await importRows([`${ann!.id},,Anna,Lee,,,`]);
    expect((await people())[0]).to.include({ id: ann!.id, name: 'Anna Lee' });
    const unknown = `${tenant.id},,Cy,Fox,,,`;
    expect(await verdictsOf(await importRows([unknown]))).to.eql(['error id: import_unknown_id']);
  });

  it('creates or changes only, as chosen', async () => {
    expect(await verdictsOf(await importRows([ANN], { mode: 'update' }))).to.eql([
      'error : import_unknown_person',
    ]);
    expect(await verdictsOf(await importRows([ANN], { mode: 'create' }))).to.eql(['create']);
    expect(await verdictsOf(await importRows([ANN], { mode: 'create' }))).to.eql([
      'error : import_person_exists',
    ]);
    expect(await verdictsOf(await importRows([ANN], { mode: 'update' }))).to.eql(['unchanged']);
    expect(await verdictsOf(await importRows([ANN], { key: 'id' }))).to.eql(['unchanged']);
  });

  it('refuses the second of two rows about one person, and a row without a name', async () => {
    const rows = [ANN, ',,ANN,Lee,+44 20 7946 0000,,', BEN, ',,Ben,Day,,w-1,Company Admin', ',,,,1234567,,'];
    expect(await verdictsOf(await importRows(rows))).to.eql([
      'create',
      'error email: import_duplicate',
      'create',
      'error email: import_duplicate',
      'error first_name: name_or_email_required',
    ]);
    expect(await people()).to.have.length(2);
  });

  it('refuses a row that several stored people fit', async () => {
    await importRows([ANN]);
    const other = ',,Ann,Lee,+44 20 7946 0001,,';
    await importRows([other]);
    await sql(
      portal,
      `update users set phone = '+44 20 7946 0000' where tenant_id = $1 and phone is not null`,
      [tenant.id],
    );
    expect(await verdictsOf(await importRows([ANN]))).to.eql(['error : import_ambiguous_person']);
  });

  it('finds a person who has got an email address since', async () => {
    await importRows([ANN]);
    await sql(
      portal,
      `update users set email = 'ann@example.com', email_norm = 'ann@example.com' where tenant_id = $1 and audience = 'customer'`,
      [tenant.id],
    );
    expect(await verdictsOf(await importRows([ANN]))).to.eql(['unchanged']);
  });

  it('is undone', async () => {
    const id = await importRows([ANN, BEN]);
    await queueUndo(portal, tenant, staff.id, id);
    await runImports(portal);
    expect((await findImportRow(portal, id)).counts).to.include({ undone: 2 });
    expect(await people()).to.eql([]);
  });

  it('finds no customer of another tenant and no staff', async () => {
    await importRows([ANN]);
    const other = await createTenant(portal);
    const member = await createStaff(portal, other, { first_name: 'Ann', last_name: 'Lee' });
    await sql(portal, `update users set phone = '+44 20 7946 0000' where id = $1`, [member.id]);
    [tenant, staff] = [other, member];
    expect(await verdictsOf(await importRows([ANN]))).to.eql(['create']);
  });
});
