import { expect } from 'chai';
import { csvLines, moreCsvLines } from '../../../src/csv.ts';
import { accessTenant, inTenant } from '../../../src/database/in-tenant.ts';
import { listTenantFields } from '../../../src/domain/custom-field/custom-field-queries.ts';
import { importKinds } from '../../../src/domain/import/kinds.ts';
import { matchColumns } from '../../../src/domain/import/match-columns.ts';
import { findStaffActor } from '../../../src/domain/role/staff-actor.ts';
import {
  createCompany,
  createCustomField,
  createStaff,
  createTenant,
  type TestPerson,
  type TestTenant,
} from '../../support/factories.ts';
import { openExport } from '../../support/exports.ts';
import {
  findImportRow,
  insertImport,
  queueCheck,
  queueImport,
  runImports,
} from '../../support/import-tasks.ts';
import { createLabel } from '../../support/labels.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';
import { createSite, createUnit, createUnitType } from '../../support/units.ts';

describe('An export that is imported again', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let staff: TestPerson;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
    staff = await createStaff(portal, tenant);
  });

  const exported = async (list: 'companies' | 'units', columns: string) => {
    const access = accessTenant(portal.database, tenant.id);
    const { actor, fields } = await inTenant(portal.database, tenant.id, async (db) => ({
      actor: (await findStaffActor(db, staff.id))!,
      fields: await listTenantFields(db),
    }));
    const { opened } = openExport(actor, list, {}, columns, fields);
    const lines: string[] = [];
    for await (const { rows } of opened.batches((build) => access.readTenant(build), null))
      lines.push(moreCsvLines(rows));
    const text = csvLines([opened.headings]) + lines.join('');
    return { text, mapping: matchColumns(opened.headings, importKinds[list].columns(fields)) };
  };
  const checkAgain = async (kind: 'companies' | 'units', columns: string, key?: string) => {
    const { text, mapping } = await exported(kind, columns);
    const id = await insertImport(portal, tenant, staff.id, text, { kind, mapping, ...(key && { key }) });
    await queueCheck(portal, tenant, staff.id, id);
    await runImports(portal);
    return { id, text, mapping, counts: (await findImportRow(portal, id)).counts };
  };

  it('changes no company', async () => {
    await createCustomField(portal, tenant, { entity: 'company', code: 'sector', title: 'Sector' });
    const top = await createCompany(portal, tenant, { code: '007', name: '=Top, "Ltd"' });
    const low = await createCompany(portal, tenant, { code: 'LOW', parent_id: top.id, status: 'on_hold' });
    await createLabel(portal, tenant, 'Gold', { company: low.id });
    await createLabel(portal, tenant, 'Tin', { company: low.id });
    await sql(
      portal,
      `update companies set custom = '{"sector": "-1"}', billing_emails = '{a@x.example,b@x.example}',
         address = E'1 Quay Street\\nLondon', address_norm = '1 quay street london' where id = $1`,
      [low.id],
    );
    const columns = 'code,name,customers,id,parent,address,billing_emails,labels,status,created,cf.sector';
    for (const key of ['code', 'id']) {
      const { counts, text, mapping } = await checkAgain('companies', columns, key);
      expect(counts, text).to.eql({ unchanged: 2 });
      expect(mapping.filter((name) => name !== null)).to.have.length(9);
    }
  });

  it('changes no unit, also one with the price of its type', async () => {
    await createCustomField(portal, tenant, {
      entity: 'unit',
      code: 'floor',
      title: 'Floor',
      type: 'number',
    });
    const site = await createSite(portal, tenant, 'Harbour');
    const type = await createUnitType(portal, tenant, { name: 'Small', price_cents: 100_00n });
    await createUnit(portal, tenant, { code: '001', site, type });
    const own = await createUnit(portal, tenant, { code: 'B/2', site, type, price_cents: 1_250_00n });
    await sql(portal, `update units set custom = '{"floor": "-1.5"}' where id = $1`, [own.id]);
    for (const key of ['code', 'id']) {
      const { counts, text, mapping } = await checkAgain(
        'units',
        'code,site,type,size,price,status,id,cf.floor',
        key,
      );
      expect(counts, text).to.eql({ unchanged: 2 });
      expect(mapping).to.include.members(['id', 'site', 'code', 'unit_type', 'price', 'cf.floor']);
    }
  });

  it('creates the same companies and units in another tenant', async () => {
    const { text, mapping } = await exported('companies', 'code,name,parent,address');
    const other = await createTenant(portal);
    const person = await createStaff(portal, other);
    const id = await insertImport(portal, other, person.id, text, { kind: 'companies', mapping });
    await queueCheck(portal, other, person.id, id);
    await runImports(portal);
    await queueImport(portal, other, person.id, id);
    await runImports(portal);
    const stored = await sql(
      portal,
      `select c.code, c.name, c.address, p.code as parent from companies c
       left join companies p on p.tenant_id = c.tenant_id and p.id = c.parent_id
       where c.tenant_id = $1 order by c.code`,
      [other.id],
    );
    expect(stored).to.have.length(2);
    expect(stored[0]).to.include({ code: '007', name: '=Top, "Ltd"' });
    expect(stored[1]).to.include({ code: 'LOW', address: '1 Quay Street\nLondon', parent: '007' });
  });
});
