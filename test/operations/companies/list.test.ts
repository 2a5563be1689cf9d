import { expect } from 'chai';
import { newId } from '../../../src/database/new-id.ts';
import {
  createCompany,
  createCustomer,
  createTenant,
  signedInStaff,
  type TestTenant,
} from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';

const LIST = '/customers/companies';

describe('Companies', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  describe('GET /customers/companies', () => {
    it('explains companies when there are none', async () => {
      const other = await createTenant(portal);
      const list = await (await signedInStaff(portal, other)).visit('/customers');
      expect(list.path).to.equal(LIST);
      expect(list.h1).to.equal('Companies');
      expect(list.text).to.include('Add your first company');
      const driver = await (await signedInStaff(portal, other, 'driver')).visit(LIST);
      expect(driver.links).to.not.include('Create the first company');
    });

    it('shows code, name, number of customers and status, and a link to the company', async () => {
      const company = await createCompany(portal, tenant, { name: 'Analytical Engines Ltd', code: 'AE-1' });
      await createCustomer(portal, tenant, { company });
      await createCustomer(portal, tenant, { company });
      const list = await manager.visit(LIST);
      expect(list.rows('Analytical Engines')).to.deep.equal([
        'AE-1 Analytical Engines Ltd 2 Active more details',
      ]);
      const page = await list.follow('more details', { within: 'Analytical Engines Ltd' });
      expect(page.path).to.equal(`${LIST}/${company.id}`);
      expect(page.h1).to.equal('Analytical Engines Ltd');
    });

    it('finds companies by a part of name or code, ignoring accents and case', async () => {
      await createCompany(portal, tenant, { name: 'Bäckerei Müller', code: 'BM-77' });
      for (const q of ['muller', 'MÜLL', 'ckerei m', 'm-77', 'ba', 'BM', 'b']) {
        const list = await (await manager.visit(LIST)).submit('Search', { Search: q });
        expect(list.rows('Bäckerei Müller'), q).to.have.length(1);
        expect(list.form('Search').values(), q).to.deep.include({ q });
      }
    });

    it('finds companies by each word, by a code without its hyphen and by two characters of another script', async () => {
      await createCompany(portal, tenant, { name: 'Smith & Sons, Ltd.', code: 'SS-900' });
      await createCompany(portal, tenant, { name: '山田商店', code: 'がく-1' });
      await createCompany(portal, tenant, { name: 'شركة مصطفى', code: 'AR-1' });
      const searches = {
        'Smith & Sons': ['sons smith', 'Smith & Sons, Ltd.', 'smith s', 'ss900', 'SS 900', 'ltd smith'],
        山田商店: ['山田', '山', '田商店', 'がく-1', 'がく'],
        'شركة مصطفى': ['شركه', 'مصطفي', 'شر', 'مُصطَفى شركة'],
      };
      for (const [name, typed] of Object.entries(searches))
        for (const q of typed)
          expect((await manager.visit(`${LIST}?q=${encodeURIComponent(q)}`)).rows(name), q).to.have.length(1);
    });

    it('shows an empty result with a link to clear the search', async () => {
      const list = await (await manager.visit(LIST)).submit('Search', { Search: 'zzzz' });
      expect(list.text).to.include('No companies match');
      expect((await list.follow('Clear filters')).url).to.equal(LIST);
    });

    it('treats every search term as literal text', async () => {
      const literals = [
        '%',
        '___',
        '%%%',
        "'; drop table companies; --",
        '\\',
        '\u0000abc',
        '😀😀😀',
        'x'.repeat(5000),
      ];
      for (const q of literals) {
        const list = await manager.visit(`${LIST}?q=${encodeURIComponent(q)}`);
        expect(list.status, q).to.equal(200);
        expect(list.text, q).to.include('No companies match');
      }
      for (const query of [
        'q=a&q=b',
        'q[]=a',
        'q[x]=a',
        'sort=nothing',
        'after=forged',
        'before=..',
        '%zz',
      ]) {
        expect((await manager.visit(`${LIST}?${query}`)).status, query).to.equal(200);
      }
    });

    it('pages through companies, sorted by name or code', async () => {
      const many = await createTenant(portal);
      const staff = await signedInStaff(portal, many);
      for (let n = 10; n < 70; n += 1) {
        await createCompany(portal, many, { name: `Company ${n}`, code: `K-${99 - n}` });
      }
      let page = await staff.visit(LIST);
      expect(page.text).to.include('60 companies');
      expect(page.rows()[0]).to.include('Company 10');
      page = await page.follow('Next');
      expect(page.rows()[0]).to.include('Company 35');
      page = await page.follow('Next');
      expect(page.rows()).to.have.length(10);
      expect(page.links).to.not.include('Next');
      page = await page.follow('Previous');
      expect(page.rows()[0]).to.include('Company 35');
      page = await page.follow('Code');
      expect(page.rows()[0]).to.include('Company 69');
    });

    it('redirects anonymous users to the login page, and back after login', async () => {
      const page = await new Visitor(portal, tenant.operations).visit(LIST);
      expect(page.path).to.equal('/login');
      const { email, password } = manager.person;
      const list = await page.submit('Log in', { 'Email address': email, Password: password });
      expect(list.path).to.equal(LIST);
    });

    it('returns 403 to staff without a role', async () => {
      const staff = await signedInStaff(portal, tenant, null);
      expect((await staff.visit(LIST)).status).to.equal(403);
    });
  });

  describe('POST /customers/companies', () => {
    const open = async () => (await manager.visit(LIST)).follow('Create company');

    it('assigns the next code to a company without a code', async () => {
      const fresh = await createTenant(portal);
      const staff = await signedInStaff(portal, fresh);
      const codes = [];
      for (const name of ['One', 'Two']) {
        const page = await (await staff.visit(`${LIST}/new`)).submit('Add', { Name: name });
        expect(page.h1).to.equal(name);
        codes.push(/C-\d+/.exec(page.text)?.[0]);
      }
      expect(codes).to.deep.equal(['C-1001', 'C-1002']);
    });

    it('skips codes that are taken', async () => {
      const fresh = await createTenant(portal);
      const staff = await signedInStaff(portal, fresh);
      await createCompany(portal, fresh, { code: 'c-1001' });
      await createCompany(portal, fresh, { code: 'C-1002' });
      const page = await (await staff.visit(`${LIST}/new`)).submit('Add', { Name: 'Third' });
      expect(page.flashes[0]).to.equal('Third was created with the code C-1003.');
    });

    it('assigns different codes to companies created at the same time', async () => {
      const form = await open();
      const responses = await Promise.all(
        Array.from({ length: 10 }, () => manager.postFrom(form, LIST, { name: 'Twins', code: '' })),
      );
      expect(responses.map((response) => response.status)).to.deep.equal(
        Array.from({ length: 10 }, () => 303),
      );
      const { rows } = await portal.owner.query(
        "select count(distinct code) as codes from companies where tenant_id = $1 and name = 'Twins'",
        [tenant.id],
      );
      expect(Number(rows[0].codes)).to.equal(10);
    });

    it('keeps the code as it was typed', async () => {
      const page = await (await open()).submit('Add', { Name: 'Typed', Code: 'North/7' });
      expect(page.text).to.include('North/7');
    });

    it('refuses the code of another company and keeps the values', async () => {
      const page = await (await open()).submit('Add', { Name: 'Again', Code: 'NORTH/7' });
      expect(page.status).to.equal(422);
      expect(page.errors).to.deep.equal(['A company with the code NORTH/7 already exists']);
      expect(page.form('Add').values()).to.deep.include({ name: 'Again', code: 'NORTH/7' });
    });

    it('accepts codes that differ by more than case and width', async () => {
      for (const code of ['がく-7', 'かく-7', 'ÖL-7', 'OL-7', 'Ꮳ-7', 'é-7', 'e-7']) {
        const page = await (await open()).submit('Add', { Name: `Company ${code}`, Code: code });
        expect(page.h1, code).to.equal(`Company ${code}`);
      }
      for (const code of ['ol-7', 'öl-7', 'O\u0308L-7', 'ＯＬ-７', 'か\u3099く-7', 'É-7']) {
        const page = await (await open()).submit('Add', { Name: 'Again', Code: code });
        expect(page.errors[0], code).to.match(/^A company with the code .+ already exists$/);
      }
      const parent = await (await open()).submit('Add', { Name: 'Below', 'Parent company': 'öl-7' });
      expect(parent.text).to.include('Company ÖL-7');
    });

    it('requires a name, a valid code and an existing parent', async () => {
      const form = await open();
      expect((await form.submit('Add')).errors).to.deep.equal(['Enter a name']);
      const invalid = await form.submit('Add', { Name: 'Odd', Code: 'a b', 'Parent company': 'unknown' });
      expect(invalid.errors).to.deep.equal([
        'Use letters, digits, dots, dashes and slashes only, like C-1001',
      ]);
      const orphan = await form.submit('Add', { Name: 'Odd', 'Parent company': 'unknown' });
      expect(orphan.errors).to.deep.equal(['No company has the code unknown']);
    });

    it('sets the parent company', async () => {
      const parent = await createCompany(portal, tenant, { name: 'Holding', code: 'HOLD' });
      const page = await (await open()).submit('Add', { Name: 'Daughter', 'Parent company': 'hold' });
      expect(page.href('Holding')).to.equal(`${LIST}/${parent.id}`);
      expect((await page.follow('Holding')).links).to.include('Daughter');
    });

    it('returns 400 for a field that the form does not have', async () => {
      const other = await createTenant(portal);
      const form = await open();
      for (const forged of [
        { status: 'blocked' },
        { tenant_id: other.id },
        { id: newId() },
        { 'name[a]': 'x' },
      ])
        expect((await manager.postFrom(form, LIST, { name: 'Forged', code: '', ...forged })).status).to.equal(
          400,
        );
      expect((await manager.visit(`${LIST}?q=Forged`)).rows('Forged')).to.deep.equal([]);
    });

    it('escapes markup in the name', async () => {
      const name = '<script>alert(1)</script>"><img src=x onerror=alert(1)>';
      const page = await (await open()).submit('Add', { Name: name });
      expect(page.h1).to.equal(name);
      expect((await manager.visit(`${LIST}?q=onerror`)).rows('onerror=alert(1)')).to.have.length(1);
    });
  });

  describe('permissions', () => {
    it('hides "Create company" from a Driver and returns 403', async () => {
      const driver = await signedInStaff(portal, tenant, 'driver');
      const list = await driver.visit(LIST);
      expect(list.status).to.equal(200);
      expect(list.links).to.not.include('Create company');
      expect((await driver.visit(`${LIST}/new`)).status).to.equal(403);
      expect((await driver.postFrom(list, LIST, { name: 'Forged' })).status).to.equal(403);
    });

    it('does not list the companies of another tenant', async () => {
      const other = await createTenant(portal);
      await createCompany(portal, other, { name: 'Foreign Trading' });
      expect((await manager.visit(`${LIST}?q=foreign`)).rows('Foreign')).to.deep.equal([]);
    });
  });
});
