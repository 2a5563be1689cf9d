import { expect } from 'chai';
import { inTenant } from '../../src/database/in-tenant.ts';
import {
  moveCustomField,
  retireCustomField,
  updateCustomField,
} from '../../src/domain/custom-field/custom-field-actions.ts';
import { listAllCustomFields, type CustomField } from '../../src/domain/custom-field/custom-field-queries.ts';
import type { TenantDb } from '../../src/database/tenant-db.ts';
import type { FieldEntity } from '../../src/domain/custom-field/custom-field.ts';
import type { FieldValue } from '../../src/domain/custom-field/field-types.ts';
import { storeCustomValues } from '../../src/domain/custom-field/store-values.ts';
import { systemActor } from '../../src/domain/actor.ts';
import { createLog } from '../../src/log.ts';
import { exportedLists } from '../../src/operations/list-exports.ts';
import { countViews } from '../../src/tasks/count-views.ts';
import { findAuditEvents } from '../support/audit.ts';
import { StatementCounter } from '../support/count-statements.ts';
import {
  createCompany,
  createCustomer,
  createCustomField,
  createStaffRole,
  createTenant,
  signedInStaff,
  type TestTenant,
} from '../support/factories.ts';
import { createLabel } from '../support/labels.ts';
import { startOperations, type StaffVisitor } from '../support/operations.ts';
import type { TestPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import { createSite, createUnit, createUnitType, insertRental } from '../support/units.ts';

const actor = systemActor('test');

describe('Custom fields in a list', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  /** Without the permission for secret fields. */
  let viewer: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
    const permissions = ['users.view', 'export.create'] as const;
    viewer = await signedInStaff(portal, tenant, await createStaffRole(portal, tenant, permissions));
    const add = (code: string, field: Partial<CustomField>) =>
      createCustomField(portal, tenant, { code, title: `The ${code}`, is_searchable: true, ...field });
    await add('gate', {});
    await add('floor', { type: 'number' });
    await add('floor_from', { type: 'date' });
    await add('sure', { type: 'yes_no' });
    await add('likes', { type: 'choices', choices: ['Old Books', 'Music', 'Status'] });
    await add('memo', { type: 'long_text', is_searchable: false });
    await add('pin', { is_secret: true, is_searchable: false });
    await add('gone', { retired_at: new Date() });
    await addUser('Ada', { gate: '=North 4', floor: '-1234.5', sure: true, likes: ['Old Books', 'Music'] });
    await addUser('Grace', { gate: 'South', floor: '10', floor_from: '2026-01-31', sure: false });
    await addUser('Alan', { likes: ['Music'], pin: 'sealed', gone: 'old' });
  });

  async function store(entity: FieldEntity, id: string, values: Record<string, FieldValue>, of = tenant) {
    await inTenant(portal.database, of.id, async (db) => {
      storeCustomValues(db, entity, await listAllCustomFields(db, entity), [{ id, values }]);
    });
  }

  async function addUser(first_name: string, values: Record<string, FieldValue>): Promise<void> {
    const { id } = await createCustomer(portal, tenant, { first_name, password: null });
    await store('user', id, values);
  }

  const names = async (query: string, path = '/users?sort=created&') => {
    const page = await manager.visit(`${path}${query}`);
    expect(page.status).to.equal(200);
    return page
      .findAll('tbody td.name a, tbody td:nth-child(2) a')
      .map((link) => link.text.trim().split(' ')[0]);
  };

  describe('as columns', () => {
    it('are offered unless they are secret or retired', async () => {
      const page = await viewer.visit('/users');
      const offered = page.findAll('input[name="col"]').map((input) => input.getAttribute('value')!);
      expect(offered.filter((name) => name.startsWith('cf.'))).to.eql(
        ['gate', 'floor', 'floor_from', 'sure', 'likes', 'memo'].map((code) => `cf.${code}`),
      );
      expect(page.html).to.not.include('The pin').and.not.include('The gone');
      expect(page.findAll('th').join()).to.not.include('The gate');
    });

    it('have the title as heading and values as the viewer reads them', async () => {
      const page = await manager.visit(
        '/users?sort=created&col=cf.floor&col=cf.floor_from&col=cf.sure&col=cf.likes',
      );
      const headings = page.findAll('th').map((heading) => heading.text.trim());
      expect(headings).to.eql(['Select', 'Name', 'The floor', 'The floor_from', 'The sure', 'The likes']);
      const [ada, grace, alan] = page.rows();
      expect(ada).to.include('-1,234.5').and.include('Yes').and.include('Old Books, Music');
      expect(grace).to.include('Jan 31, 2026').and.include('No');
      expect(alan).to.include('— — — Music');
    });

    it('do not translate titles that are words of the portal', async () => {
      const other = await createTenant(portal);
      await sql(portal, `update tenants set vocabulary = 'b2b' where id = $1`, [other.id]);
      portal.directory.forget(other.id);
      await createCustomField(portal, other, { code: 'units', title: 'Users', is_searchable: true });
      const staff = await signedInStaff(portal, other);
      await createCustomer(portal, other);
      const page = await staff.visit('/users?col=cf.units');
      expect(page.findAll('th').at(-1)!.text).to.equal('Users');
      expect(page.find('label[for="cf.units"]')!.text).to.equal('Users');
    });

    it('are refused when they are secret, retired or those of another entity', async () => {
      await createCustomField(portal, tenant, { code: 'door', entity: 'unit' });
      for (const code of ['pin', 'gone', 'door', 'nothing']) {
        const page = await viewer.visit(`/users?col=cf.${code}&col=status`);
        expect(page.flashes.join(), code).to.include(`The column 'cf.${code}' in the address`);
        expect(page.html).to.not.include('sealed');
      }
    });
  });

  describe('as filters', () => {
    const cases: [query: string, found: string[]][] = [
      ['cf.gate=%3Dnorth', ['Ada']],
      ['cf.gate=orth', []],
      ['cf.floor=-2000..0', ['Ada']],
      ['cf.floor=10', ['Grace']],
      ['cf.floor=..5', ['Ada']],
      ['cf.floor_from=2026-01-01..2026-01-31', ['Grace']],
      ['cf.sure=yes', ['Ada']],
      ['cf.sure=yes&cf.sure=no', ['Ada', 'Grace']],
      ['cf.likes=Music', ['Ada', 'Alan']],
      ['cf.likes=Music&cf.likes=Old+Books', ['Ada', 'Alan']],
      ['cf.likes=Music&cf.sure=yes', ['Ada']],
      ['cf.likes=Music&cf.sure=no', []],
      ['cf.likes=Music&status=disabled', []],
      ['cf.sure=yes&q=ada', ['Ada']],
      ['cf.sure=yes&q=sure:yes', ['Ada']],
    ];
    for (const [query, expected] of cases)
      it(`find ${expected.join(' and ') || 'nothing'} for ${query}`, async () =>
        expect(await names(query)).to.eql(expected));

    it('are named when there are so many that the database would plan for seconds', async () => {
      const other = await createTenant(portal);
      const staff = await signedInStaff(portal, other);
      const codes = Array.from({ length: 120 }, (_, n) => `f${n}`);
      for (const code of codes)
        await createCustomField(portal, other, { code, entity: 'unit', is_searchable: true });
      const page = await staff.visit(`/units?${codes.map((code) => `cf.${code}=x`).join('&')}`);
      expect(page.status).to.equal(200);
      expect(page.flashes).to.have.length(20);
      expect(page.flashes[0]).to.match(/^'cf\.f\d+' in the address is not valid and was ignored\.$/);
      expect(
        page.findAll('input[name^="cf."]').filter((input) => input.getAttribute('value')),
      ).to.have.length(20);
    });

    it('are behind a closed fold when there are many, and open when one is set', async () => {
      const page = await manager.visit('/users');
      expect(page.find('.folded details:not(.menu) > summary')!.text).to.equal('More filters');
      expect(page.find('.folded details:not(.menu)')!.hasAttribute('open')).to.equal(false);
      const found = await page.submit('Search', {
        'The floor from': '-2000',
        'The floor to': '0',
        'The floor_from from': '',
      });
      expect(found.url).to.equal('/users?cf.floor=-2000..0');
      expect(found.rows()).to.have.length(1);
      expect(found.find('.folded details:not(.menu)')!.hasAttribute('open')).to.equal(true);
      expect(found.form('Search').values()).to.deep.include({ 'cf.floor.from': '-2000', 'cf.floor.to': '0' });
      expect((await found.follow('Clear')).url).to.equal('/users');
    });

    it('are named and left out when a value or the field is not valid', async () => {
      for (const name of ['cf.floor', 'cf.sure', 'cf.floor_from', 'cf.gone', 'cf.pin', 'cf.nothing']) {
        const page = await manager.visit(`/users?${name}=x&sort=created`);
        expect(page.flashes.join(), name).to.include(`'${name}' in the address is not valid`);
        expect(page.rows(), name).to.have.length(3);
      }
    });

    it('are those of the tenant alone', async () => {
      const other = await createTenant(portal);
      await createCustomField(portal, other, { code: 'gate', title: 'Other gate', is_searchable: true });
      const staff = await signedInStaff(portal, other);
      const { id } = await createCustomer(portal, other, { first_name: 'Foreign' });
      await store('user', id, { gate: '=north 9' }, other);
      const page = await staff.visit('/users?cf.gate=%3Dnorth');
      expect(page.rows().join()).to.include('Foreign');
      expect(page.rows()).to.have.length(1);
      expect(page.html).to.not.include('The floor');
      expect((await staff.visit('/users?cf.floor=1')).flashes.join()).to.include("'cf.floor'");
      expect(await names('cf.gate=%3Dnorth')).to.eql(['Ada']);
    });
  });

  describe('as search keys', () => {
    it('find users beside words and other keys', async () => {
      expect(await names('q=gate:south')).to.eql(['Grace']);
      expect(await names('q=floor:-2000..0 ada')).to.eql(['Ada']);
      expect(await names('q=-sure:yes likes:music')).to.eql(['Alan']);
      expect(await names('q=likes:"old books" status:enabled')).to.eql(['Ada']);
    });

    it('are named when the field or the value is not valid', async () => {
      const flashes = async (q: string) => (await manager.visit(`/users?q=${q}`)).flashes.join();
      expect(await flashes('pin:sealed')).to.include('pin');
      expect(await flashes('gone:old')).to.include('gone');
      expect(await flashes('sure:perhaps')).to.include('sure:perhaps');
      expect(await flashes('gate:south')).to.equal('');
    });

    it('never replace the keys of the list', async () => {
      await createCustomField(portal, tenant, { code: 'name', is_searchable: true });
      expect(await names('q=name:grace')).to.eql(['Grace']);
    });

    it('find users in the search of everything', async () => {
      const page = await manager.visit('/search?q=gate:south');
      expect(page.flashes).to.eql([]);
      expect(page.links.join()).to.include('Grace');
      expect((await manager.visit('/search?q=gone:old')).flashes.join()).to.include('gone');
    });

    it('find the rows of lists that search by one text', async () => {
      const [site, type] = [await createSite(portal, tenant), await createUnitType(portal, tenant)];
      await createCustomField(portal, tenant, {
        code: 'colour',
        entity: 'unit',
        is_searchable: true,
      });
      const units = await Promise.all(
        ['A-1', 'A-2'].map((code) => createUnit(portal, tenant, { code, site, type })),
      );
      await store('unit', units[0]!.id, { colour: 'Dark red' });
      await store('unit', units[1]!.id, { colour: 'Blue' });
      expect(await names('q=colour:"dark r"', '/units?')).to.eql(['A-1']);
      expect(await names('q=colour:dark colour:blue', '/units?')).to.eql([]);
      expect(await names('q=colour:dark&cf.colour=dark', '/units?')).to.eql(['A-1']);
      expect(await names('q=a', '/units?')).to.eql(['A-1', 'A-2']);
    });

    it('are not read from a text with so many that the database would plan for seconds', async () => {
      const term = 'colour:dark ';
      expect(await names(`q=${term.repeat(8)}`, '/units?')).to.eql(['A-1']);
      expect(await names(`q=${term.repeat(120)}`, '/units?')).to.eql([]);
    });
  });

  describe('in each list', () => {
    it('have columns, filters and a file', async () => {
      const [site, type] = [
        await createSite(portal, tenant, 'Park'),
        await createUnitType(portal, tenant, { name: 'Big' }),
      ];
      const unit = await createUnit(portal, tenant, { code: 'Z-1', site, type });
      const person = await createCustomer(portal, tenant, { first_name: 'Renter' });
      const rental = await insertRental(portal, tenant, unit.id, { owner: { user_id: person.id } });
      const company = await createCompany(portal, tenant, { name: 'Works' });
      const rows: [FieldEntity, string, string][] = [
        ['company', '/customers/companies', company.id],
        ['site', '/sites', site.id],
        ['unit_type', '/unit-types', type.id],
        ['unit', '/units', unit.id],
        ['rental', '/rentals', rental.id],
      ];
      for (const [entity, path, id] of rows) {
        const code = `of_${entity}`;
        await createCustomField(portal, tenant, { code, title: `Of ${entity}`, entity, is_searchable: true });
        await store(entity, id, { [code]: `Value ${entity}` });
        const page = await manager.visit(`${path}?cf.${code}=value&col=cf.${code}`);
        expect(page.flashes, path).to.eql([]);
        expect(page.rows(`Value ${entity}`), path).to.have.length(1);
        expect((await manager.visit(`${path}?cf.${code}=other`)).rows(`Value`), path).to.eql([]);
        const file = await manager.get(page.resolve(page.href('Export CSV')));
        const [headings, row] = file.text.split('\r\n');
        expect(headings, path).to.include(`Of ${entity}`);
        expect(row, path).to.include(`Value ${entity}`);
      }
      await createCustomField(portal, tenant, { code: 'of_invoice', entity: 'invoice', is_searchable: true });
      const invoices = await manager.visit('/invoices?q=of_invoice:x&cf.of_invoice=x&col=cf.of_invoice');
      expect(invoices.flashes).to.eql([]);
      expect(invoices.text).to.include('Clear filters');
    });
  });

  describe('in a file', () => {
    it('are plain decimals, days and texts that no spreadsheet runs', async () => {
      const columns = ['name', 'cf.floor', 'cf.floor_from', 'cf.sure', 'cf.gate'];
      const chosen = columns.map((name) => `col=${name}`).join('&');
      const { text } = await manager.get(`/users?cf.sure=yes&cf.sure=no&sort=created&${chosen}&format=csv`);
      const [headings, ada, grace] = text.split('\r\n');
      expect(headings).to.equal('\uFEFFName,Email,The floor,The floor_from,The sure,The gate');
      expect(ada!.split(',').slice(2)).to.eql(['-1234.5', '', 'yes', "'=North 4"]);
      expect(grace!.split(',').slice(2)).to.eql(['10', '2026-01-31', 'no', 'South']);
      const events = await findAuditEvents(portal, tenant, 'export.created');
      expect(events.at(-1)!.changes).to.deep.include({
        filters: 'cf.sure=yes&cf.sure=no&sort=created',
        columns: 'Name, Email, The floor, The floor_from, The sure, The gate',
        rows: 2,
      });
    });

    it('have no secret values without their permission', async () => {
      const response = await viewer.get('/users?col=cf.pin&col=status&format=csv');
      expect(response.text).to.include('Name,').and.not.include('sealed').and.not.include('The pin');
      const list = await viewer.visit('/users');
      const fields = { list: 'users', columns: 'name,cf.pin', query: '', all: 'true' };
      const selected = await viewer.postFrom(list, '/exports/selection', fields);
      expect(selected.text).to.include('Name,').and.not.include('The pin');
    });
  });

  describe('that are secret', () => {
    before(async () => {
      const { id } = await createCustomer(portal, tenant, { first_name: 'Sealed' });
      const form = await manager.visit(`/users/${id}/edit`);
      await form.submit('Save changes', { 'The pin': '=73519' });
    });

    it('are offered with their permission, and masked on the page', async () => {
      const page = await manager.visit('/users?q=sealed&col=cf.pin');
      expect(page.flashes).to.eql([]);
      expect(page.findAll('thead th').at(-1)!.text).to.equal('The pin');
      expect(page.rows()[0]).to.include('•••');
      expect(page.html).to.not.include('73519');
      const offered = page.findAll('input[name="col"]').map((input) => input.getAttribute('value'));
      expect(offered).to.include('cf.pin');
      expect((await manager.visit('/users?cf.pin=x')).flashes.join()).to.include('cf.pin');
    });

    it('are readable in a file with their permission, which is recorded', async () => {
      const { text } = await manager.get('/users?q=sealed&col=name&col=cf.pin&format=csv');
      const [headings, row] = text.split('\r\n');
      expect(headings).to.equal('\uFEFFName,Email,The pin');
      expect(row).to.match(/^Sealed .*,'=73519$/);
      const events = await findAuditEvents(portal, tenant, 'export.created');
      expect(events.at(-1)!.changes).to.include({ secret_fields: 'The pin' });
    });

    it('are masked in a file when the value was moved from another row', async () => {
      const { id } = await createCustomer(portal, tenant, { first_name: 'Copied' });
      await sql(
        portal,
        `update users set custom = (select custom from users where tenant_id = $2 and first_name = 'Sealed')
         where id = $1`,
        [id, tenant.id],
      );
      const { text } = await manager.get('/users?q=copied&col=name&col=cf.pin&format=csv');
      expect(text.split('\r\n')[1]).to.match(/,•••$/);
    });
  });

  describe('in a selection of all rows', () => {
    const addLabel = async (query: string) => {
      const form = await (
        await manager.visit(`/users?${query}`)
      ).submit('Apply', { 'With selected': 'Add label…', all: true });
      return form.submit('Add label', { Label: 'Sure' });
    };

    it('choose the rows of an export and of a change of labels', async () => {
      const label = await createLabel(portal, tenant, 'Sure');
      const list = await manager.visit('/users?cf.sure=yes&col=cf.sure');
      const file = await list.submit('Apply', { 'With selected': 'Export selected', all: true });
      const [, ada, ...end] = file.html.split('\r\n');
      expect(ada).to.match(/^Ada .*,yes$/);
      expect(end).to.eql(['']);
      expect((await addLabel('cf.sure=yes')).flashes).to.eql(['Sure was added to 1 user.']);
      const labelled = await sql(portal, 'select user_id from user_labels where label_id = $1', [label.id]);
      expect(labelled).to.have.length(1);
    });

    it('refuse a field that no longer exists, without which more rows would be selected', async () => {
      const page = await manager.visit('/users');
      const fields = { list: 'users', columns: 'name', query: 'cf.gone=x', all: 'true' };
      for (const path of ['/exports/selection', '/users/labels/additions', '/exports']) {
        const form = path === '/exports' ? { ...fields, all: [] } : fields;
        const { status, headers } = await manager.postFrom(page, path, form);
        expect([status, headers['location']], path).to.eql([303, '/users?cf.gone=x']);
      }
    });

    it('are counted for a saved view', async () => {
      const form = await manager.visit(`/views/new?list=users&query=${encodeURIComponent('cf.sure=no')}`);
      await form.submit('Save view', { Name: 'Not sure' });
      const deps = { database: portal.database, config: portal.config, log: createLog('silent') };
      await countViews(exportedLists).run(deps, () => false);
      const [view] = await sql<{ row_count: number }>(
        portal,
        `select row_count from saved_views where name = 'Not sure'`,
      );
      expect(view!.row_count).to.equal(1);
    });
  });

  describe('when they change', () => {
    const statementsFor = async (path: string) => {
      const counter = new StatementCounter(portal.database.app);
      counter.start();
      await manager.get(path);
      return counter.counted.statements.filter((text) => /from "custom_fields"/.test(text)).length;
    };

    it('are read again once', async () => {
      await manager.get('/users');
      expect(await statementsFor('/users')).to.equal(0);
      await createCustomField(portal, tenant, { code: 'fresh', title: 'Fresh' });
      expect(await statementsFor('/users?col=cf.fresh')).to.equal(1);
      expect(await statementsFor('/customers/companies')).to.equal(0);
      expect((await manager.visit('/users?col=cf.fresh')).flashes).to.eql([]);
    });

    const change = (code: string, work: (db: TenantDb, field: CustomField) => Promise<unknown>) =>
      inTenant(portal.database, tenant.id, async (db) => {
        const fields = await listAllCustomFields(db, 'user');
        await work(
          db,
          fields.find((field) => field.code === code)!,
        );
      });

    it('are shown with their new title and place at once', async () => {
      await manager.get('/users?col=cf.gate');
      await change('gate', (db, field) =>
        updateCustomField(db, actor, field, { ...field, title: 'The door', confirms_conversion: false }),
      );
      expect((await manager.visit('/users?col=cf.gate')).findAll('th').at(-1)!.text).to.equal('The door');
      await change('gate', (db, { id }) => moveCustomField(db, actor, id, 'down'));
      const offered = (await manager.visit('/users')).findAll('input[name="col"]');
      const codes = offered
        .map((input) => input.getAttribute('value')!)
        .filter((name) => name.startsWith('cf.'));
      expect(codes.indexOf('cf.gate')).to.be.greaterThan(codes.indexOf('cf.floor'));
    });

    it('are neither offered nor found after they are retired', async () => {
      await manager.get('/users');
      await change('memo', (db, { id }) => retireCustomField(db, actor, id));
      expect((await manager.visit('/users?col=cf.memo&col=status')).flashes.join()).to.include("'cf.memo'");
    });
  });
});
