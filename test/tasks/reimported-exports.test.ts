import { expect } from 'chai';
import { text } from 'node:stream/consumers';
import { inTenant } from '../../src/database/in-tenant.ts';
import { listTenantFields } from '../../src/domain/custom-field/custom-field-queries.ts';
import { sealValue, storeCustomValues } from '../../src/domain/custom-field/store-values.ts';
import type { FieldValue } from '../../src/domain/custom-field/field-types.ts';
import { detectFormat } from '../../src/domain/csv/detect-format.ts';
import { importKinds } from '../../src/domain/import/kinds.ts';
import { matchColumns } from '../../src/domain/import/match-columns.ts';
import { customColumns } from '../../src/operations/list-fields.ts';
import { userColumns } from '../../src/operations/users/columns.ts';
import { fileStoreOf, queueExport, runExports } from '../support/exports.ts';
import {
  createCompany,
  createCustomer,
  createCustomerWithoutEmail,
  createCustomField,
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
  runImports,
} from '../support/import-tasks.ts';
import { createLabel } from '../support/labels.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';

describe('An export of users that is imported again', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let staff: TestPerson;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
    staff = await createStaff(portal, tenant);
    await createFields();
    await createPeople();
  });

  /** The titles are also headings of other columns, or are taken for a formula. */
  const createFields = async () => {
    const field = (code: string, title: string, rest: Parameters<typeof createCustomField>[2] = {}) =>
      createCustomField(portal, tenant, { code, title, ...rest });
    await field('state', 'Status');
    await field('phone_of_gate', 'Phone', { type: 'phone' });
    await field('company', 'Company name');
    await field('sum', '=Sum', { type: 'number' });
    await field('since', 'Since', { type: 'date' });
    await field('dog', 'Dog', { type: 'yes_no' });
    await field('size', 'Size', { type: 'choice', choices: ['-5 °C', 'Large, wide'] });
    await field('colours', 'Colours', { type: 'choices', choices: ['Red', 'Blue, dark', '=Grey'] });
    await field('text', 'Remark', { type: 'long_text' });
    await field('pin', 'Pin', { is_secret: true });
    await field('old', 'Former', { type: 'number' });
    await field('site', 'Site', { type: 'url' });
    await field('file', 'Passport', { type: 'file' });
  };

  const setValues = (person: { id: string }, values: Record<string, FieldValue>) =>
    inTenant(portal.database, tenant.id, async (db) => {
      const fields = await listTenantFields(db);
      const pin = fields.find(({ code }) => code === 'pin')!;
      const sealed =
        values['pin'] && sealValue(portal.config.secretKeys, person.id, pin, values['pin'] as string);
      storeCustomValues(db, 'user', fields, [
        { id: person.id, values: { ...values, ...(sealed && { pin: sealed }) } },
      ]);
      await db.from('users').where({ id: person.id }).select('id');
    });

  const createPeople = async () => {
    const one = await createCompany(portal, tenant, { name: 'Smith, Jones & Co', code: 'W-1' });
    const two = await createCompany(portal, tenant, { name: '"Harbour" Works', code: 'H/2' });
    await createCompany(portal, tenant, { name: 'Twins', code: 'T-1' });
    const twin = await createCompany(portal, tenant, { name: 'Twins', code: 'T-2' });
    const full = await createCustomer(portal, tenant, {
      first_name: "-Åsa '=x",
      last_name: '=Obi, "junior"',
      phone: '+44 20 7946 0000',
      companies: [one],
      roles: ['company_admin', 'view_only'],
    });
    await sql(
      portal,
      `update users set phone2 = '+49 30 1234', address = $2, address_norm = 'x', locale = 'ar' where id = $1`,
      [full.id, '1 Quay Street\nLondon, E1'],
    );
    await setValues(full, {
      state: "'+open",
      phone_of_gate: '+1 555 0100',
      company: '@home',
      sum: '-12.50',
      since: '2026-01-31',
      dog: false,
      size: '-5 °C',
      colours: ['Red', 'Blue, dark', '=Grey'],
      text: '=1+1\n- a\n"b"; c',
      pin: '+0123',
      old: 'a text, before the field was a number',
      site: 'https://example.com/?a=1,2',
      file: { name: 'pass.pdf' } as unknown as FieldValue,
    });
    await createLabel(portal, tenant, 'VIP, gold', { user: full.id });
    await createLabel(portal, tenant, '=Late', { user: full.id });
    await createLabel(portal, tenant, 'Gold');
    await createCustomer(portal, tenant, { companies: [two, one], roles: ['view_only'] });
    await createCustomer(portal, tenant, { companies: [twin], roles: ['company_admin'] });
    const bare = await createCustomer(portal, tenant, { first_name: null, last_name: null });
    await setValues(bare, { size: 'Large, wide', dog: true, state: "''=x" });
    await createCustomerWithoutEmail(portal, tenant);
    await createCustomer(portal, tenant, { first_name: "'=Quote", last_name: null, status: 'disabled' });
  };

  const fields = () => inTenant(portal.database, tenant.id, (db) => listTenantFields(db));

  /** The text of the file, with every column or the given ones. */
  const exportUsers = async (columns?: string) => {
    const known = await fields();
    const all = [...userColumns, ...customColumns(known, [])].map(({ name }) => name).join();
    const task = await queueExport(
      portal,
      tenant,
      staff.id,
      { list: 'users', columns: columns ?? all },
      known,
    );
    await runExports(portal);
    const [file] = await sql<{ id: string }>(portal, 'select id from files where task_id = $1', [task]);
    return text(fileStoreOf(portal).open({ tenantId: tenant.id, id: file!.id }));
  };

  const importText = async (file: string, options: Parameters<typeof insertImport>[4]) => {
    const detected = await detectFormat(() => [Buffer.from(file)] as unknown as AsyncIterable<Uint8Array>);
    if (!detected.ok) throw new Error(detected.errors[0]!.code);
    const mapping = matchColumns(detected.format.header, importKinds.users.columns(await fields()));
    const id = await insertImport(portal, tenant, staff.id, file, { ...options, mapping });
    await queueCheck(portal, tenant, staff.id, id);
    await runImports(portal);
    return { id, mapping, header: detected.format.header };
  };

  const expectUnchanged = async (id: string) => {
    const rows = await listImportRows(portal, id);
    expect(rows.filter(({ verdict }) => verdict !== 'unchanged')).to.eql([]);
    expect(await findImportRow(portal, id)).to.deep.include({ state: 'checked', counts: { unchanged: 6 } });
  };

  it('changes nothing with the id as the key', async () => {
    const { id, mapping, header } = await importText(await exportUsers(), { mode: 'update', key: 'id' });
    await expectUnchanged(id);
    const unmatched = header.filter((_, index) => mapping[index] === null);
    expect(unmatched.filter((heading) => !heading.endsWith('(UTC)'))).to.eql([
      'Alternate contact',
      'Relation',
      'Phone of the contact',
      'Email of the contact',
      'Referral code',
      'Status',
      'Access',
      'Passport',
    ]);
    expect(header).to.include.members(['cf.state', 'cf.phone_of_gate', 'cf.company', "'=Sum"]);
  });

  it('changes nothing with the email address as the key', async () => {
    const { id } = await importText(await exportUsers(), { mode: 'both', key: 'email' });
    await expectUnchanged(id);
  });

  it('changes nothing with the columns that the list shows at first', async () => {
    const shown = userColumns.filter(({ is_extra }) => !is_extra).map(({ name }) => name);
    const { id } = await importText(await exportUsers(['id', ...shown].join()), {
      mode: 'update',
      key: 'id',
    });
    await expectUnchanged(id);
  });

  it('changes nothing where empty cells clear values', async () => {
    const { id } = await importText(await exportUsers(), {
      mode: 'update',
      key: 'id',
      options: { clears_empty: true },
    });
    await expectUnchanged(id);
  });

  it('changes what was edited in the file', async () => {
    const file = (await exportUsers()).replace('+49 30 1234', '+49 30 9999');
    const { id } = await importText(file, { mode: 'update', key: 'id' });
    const changed = (await listImportRows(portal, id)).filter(({ verdict }) => verdict !== 'unchanged');
    expect(changed.map(({ verdict, changes }) => [verdict, changes])).to.eql([
      ['update', { phone2: ['+49 30 1234', '+49 30 9999'] }],
    ]);
  });
});
