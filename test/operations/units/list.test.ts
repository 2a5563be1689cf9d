import { expect } from 'chai';
import { findAuditEvents } from '../../support/audit.ts';
import { createCustomer, createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';
import { createSite, createUnit, createUnitType, insertRental } from '../../support/units.ts';
import { Visitor } from '../../support/visitor.ts';

describe('Units', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const codesOf = (rows: string[]) => rows.map((row) => row.split(' ')[0]);

  describe('GET /units', () => {
    it('leads a new tenant from the first site to the first unit', async () => {
      const other = await createTenant(portal);
      const staff = await signedInStaff(portal, other);
      const site = await (await staff.visit('/units')).follow('Add site');
      await site.submit('Add site', { Name: 'North' });
      const type = await (await staff.visit('/units')).follow('Add unit type');
      await type.submit('Add unit type', { Name: 'Small', Price: '100' });
      const form = await (await staff.visit('/units')).follow('Add unit');
      const unit = await form.submit('Add unit', { Code: 'U1' });
      expect(unit.h1).to.equal('U1');
      expect((await staff.visit('/units')).rows()).to.deep.equal(['U1 North Small — $100.00 Available']);
    });

    it('filters by site, type and status, and finds units by the beginning of the code', async () => {
      const [site, type] = [
        await createSite(portal, tenant, 'Filter'),
        await createUnitType(portal, tenant, { name: 'Filter' }),
      ];
      const rented = await createUnit(portal, tenant, { code: 'F2', site, type });
      await createUnit(portal, tenant, { code: 'F10', site });
      await createUnit(portal, tenant, { code: 'F3', type });
      const customer = await createCustomer(portal, tenant);
      await insertRental(portal, tenant, rented.id, { owner: { user_id: customer.id } });
      const list = await manager.visit('/units?q=f');
      expect(codesOf(list.rows())).to.deep.equal(['F2', 'F3', 'F10']);
      const ofSite = await list.submit('Search', { Search: '', site: 'Filter' });
      expect(codesOf(ofSite.rows())).to.deep.equal(['F2', 'F10']);
      const ofType = await ofSite.submit('Search', { unit_type: 'Filter' });
      expect(codesOf(ofType.rows())).to.deep.equal(['F2']);
      const occupied = await manager.visit('/units?status=occupied&q=f');
      expect(codesOf(occupied.rows())).to.deep.equal(['F2']);
      const none = await manager.visit(`/units?status=blocked&site=${site.id}`);
      expect(none.text).to.include('No units match');
      expect((await none.follow('Clear filters')).url).to.equal('/units');
      expect(codesOf((await list.follow('Code')).rows())).to.deep.equal(['F10', 'F3', 'F2']);
    });

    it('ignores filters that it does not understand', async () => {
      for (const query of ['site=x', 'unit_type=1', 'status=gone', 'sort=nothing', 'after=forged', 'q=%00'])
        expect((await manager.visit(`/units?${query}`)).status, query).to.equal(200);
    });

    it('returns 403 to staff without the permission and redirects anonymous users', async () => {
      const nothing = await signedInStaff(portal, tenant, null);
      expect((await nothing.visit('/units')).status).to.equal(403);
      expect((await new Visitor(portal, tenant.operations).visit('/units')).path).to.equal('/login');
    });
  });

  describe('POST /units', () => {
    let site: { id: string; name: string };

    before(async () => {
      site = await createSite(portal, tenant, 'New units');
      await createUnitType(portal, tenant, { name: 'New type' });
    });

    const open = () => manager.visit('/units/new');
    const add = async (fields: Record<string, string>) =>
      (await open()).submit('Add unit', {
        Site: 'New units',
        'Unit type': 'New type, $100.00',
        ...fields,
      });
    const storedCodes = async () => {
      const rows = await sql(portal, 'select code from units where site_id = $1 order by code_sort', [
        site.id,
      ]);
      return rows.map(({ code }) => code as string);
    };

    it('adds a unit with its own price and an encrypted access code', async () => {
      const page = await add({ Code: 'P1', Price: '١٢٠٫٥٠', 'Access code': '4711#' });
      expect(page.flashes).to.deep.equal(['Unit P1 was added.']);
      expect(page.text).to.include('$120.50').and.include('A price of this unit').and.not.include('4711#');
      const [row] = await sql(portal, "select sealed_access_code from units where code = 'P1'", []);
      expect(String(row!['sealed_access_code'])).not.to.include('4711');
      const events = await findAuditEvents(portal, tenant, 'unit.created');
      const event = events.find(({ target_name }) => target_name === 'P1')!;
      expect(event.changes).to.deep.include({ price: [null, '120.50'], access_code: ['•••', '•••'] });
    });

    it('adds all units from a first to a last code', async () => {
      const list = await add({ Code: 'R08', 'Last code': 'R12' });
      expect(list.url).to.equal(`/units?site=${site.id}`);
      expect(list.flashes).to.deep.equal(['5 units were added.']);
      expect((await storedCodes()).filter((code) => code.startsWith('R'))).to.deep.equal([
        'R08',
        'R09',
        'R10',
        'R11',
        'R12',
      ]);
    });

    it('adds a pasted list of codes', async () => {
      const list = await add({ 'More codes': 'L-1, L-2\nL-7\r\n\r\n L/8 ' });
      expect(list.flashes).to.deep.equal(['4 units were added.']);
      expect(await storedCodes()).to.include.members(['L-1', 'L-2', 'L-7', 'L/8']);
    });

    it('adds 500 units and refuses 501', async () => {
      const many = await add({ Code: 'M1', 'Last code': 'M501' });
      expect(many.errors).to.deep.equal(['Add 500 units or fewer at once']);
      expect((await add({ Code: 'M1', 'Last code': 'M500' })).flashes).to.deep.equal([
        '500 units were added.',
      ]);
    });

    it('refuses codes that exist at the site, naming them, and adds none', async () => {
      await add({ Code: 'X2' });
      const page = await add({ Code: 'x1', 'Last code': 'x3' });
      expect(page.status).to.equal(422);
      expect(page.errors).to.deep.equal(['The site has a unit x2 already']);
      expect(await storedCodes()).not.to.include('x1');
      const elsewhere = await createSite(portal, tenant, 'Elsewhere');
      expect((await add({ Code: 'X2', Site: elsewhere.name })).h1).to.equal('X2');
    });

    it('refuses codes that are there twice, a wrong range and wrong characters', async () => {
      const errors = async (fields: Record<string, string>) => (await add(fields)).errors;
      expect(await errors({})).to.deep.equal(['Enter a code']);
      expect(await errors({ 'Last code': 'Z9' })).to.deep.equal(['Enter a code']);
      expect(await errors({ Code: 'Z1', 'More codes': 'Z2, z1' })).to.deep.equal([
        'These codes are there twice: z1',
      ]);
      for (const last of ['Y9', 'Z0', 'Z'])
        expect((await errors({ Code: 'Z1', 'Last code': last }))[0], last).to.include('Enter a last code');
      expect((await errors({ Code: 'Z 1' }))[0]).to.include('Use letters, digits');
      expect((await errors({ 'More codes': 'Z1\n<Z2>' }))[0]).to.include('Check: <Z2>');
    });

    it('refuses one access code for several units', async () => {
      const page = await add({ Code: 'C1', 'Last code': 'C2', 'Access code': '1' });
      expect(page.errors[0]).to.include('Several units cannot have one access code');
    });

    it('refuses bad prices', async () => {
      for (const price of ['-1', '0', '1.001', '1000000000000000000', 'ten'])
        expect((await add({ Code: 'B1', Price: price })).status, price).to.equal(422);
      expect(await storedCodes()).not.to.include('B1');
    });

    it('refuses the site or the type of another tenant and an archived site', async () => {
      const other = await createTenant(portal);
      const [foreignSite, foreignType] = [
        await createSite(portal, other),
        await createUnitType(portal, other),
      ];
      const archived = await createSite(portal, tenant, 'Closed');
      await sql(portal, "update sites set status = 'archived' where id = $1", [archived.id]);
      const values = (await open()).form('Add unit').values();
      const type = await createUnitType(portal, tenant, { name: 'Own type' });
      for (const [site_id, unit_type_id] of [
        [foreignSite.id, type.id],
        [archived.id, type.id],
        [site.id, foreignType.id],
        ['x', type.id],
      ]) {
        const body = {
          form_key: String(values['form_key']),
          code: 'N1',
          site_id: site_id!,
          unit_type_id: unit_type_id!,
        };
        const response = await manager.postFrom(await open(), '/units', body);
        expect(response.status).to.equal(422);
      }
    });

    it('returns 403 to staff without the permission', async () => {
      const driver = await signedInStaff(portal, tenant, 'driver');
      const list = await driver.visit('/units');
      expect(list.links).not.to.include('Add unit');
      expect((await driver.visit('/units/new')).status).to.equal(403);
      expect((await driver.postFrom(list, '/units', { code: 'N1' })).status).to.equal(403);
    });
  });
});
