import { expect } from 'chai';
import { newId } from '../../../src/database/new-id.ts';
import {
  createCompany,
  createCustomer,
  createTenant,
  signedInStaff,
  type TestTenant,
} from '../../support/factories.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';

const LIST = '/customers/companies';

describe('Companies', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: Awaited<ReturnType<typeof signedInStaff>>;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
    manager = await signedInStaff(portal, tenant);
  });
  after(() => portal.close());

  describe('the list', () => {
    it('says what companies are for while there are none', async () => {
      const other = await createTenant(portal);
      const list = await (await signedInStaff(portal, other)).visit('/customers');
      expect(list.path).to.equal(LIST);
      expect(list.h1).to.equal('Companies');
      expect(list.text).to.include('Add your first company');
      const driver = await (await signedInStaff(portal, other, 'driver')).visit(LIST);
      expect(driver.links).to.not.include('Create the first company');
    });

    it('shows code, name, number of customers and status, with more details on each row', async () => {
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

    it('finds a company by a part of its name or code, whatever the accents and the case', async () => {
      await createCompany(portal, tenant, { name: 'Bäckerei Müller', code: 'BM-77' });
      for (const q of ['muller', 'MÜLL', 'ckerei m', 'm-77', 'ba', 'BM', 'b']) {
        const list = await (await manager.visit(LIST)).submit('Search', { Search: q });
        expect(list.rows('Bäckerei Müller'), q).to.have.length(1);
        expect(list.form('Search').values(), q).to.deep.include({ q });
      }
    });

    it('says that nothing was found, and leads back', async () => {
      const list = await (await manager.visit(LIST)).submit('Search', { Search: 'zzzz' });
      expect(list.text).to.include('No companies match');
      expect((await list.follow('Clear search')).url).to.equal(LIST);
    });

    it('takes any search as words, never as a pattern or a command', async () => {
      const odd = [
        '%',
        '___',
        '%%%',
        "'; drop table companies; --",
        '\\',
        '\u0000abc',
        '😀😀😀',
        'x'.repeat(5000),
      ];
      for (const q of odd) {
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

    it('goes through many companies page by page, by name and by code', async () => {
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
  });

  describe('Create company', () => {
    const open = async () => (await manager.visit(LIST)).follow('Create company');

    it('gives a company without a code the next one', async () => {
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

    it('passes over codes that were typed before', async () => {
      const fresh = await createTenant(portal);
      const staff = await signedInStaff(portal, fresh);
      await createCompany(portal, fresh, { code: 'c-1001' });
      await createCompany(portal, fresh, { code: 'C-1002' });
      const page = await (await staff.visit(`${LIST}/new`)).submit('Add', { Name: 'Third' });
      expect(page.flashes[0]).to.equal('Third was created with the code C-1003.');
    });

    it('gives ten companies created at once ten codes', async () => {
      const form = await open();
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => manager.postFrom(form, LIST, { name: 'Twins', code: '' })),
      );
      expect(answers.map((answer) => answer.status)).to.deep.equal(Array.from({ length: 10 }, () => 303));
      const { rows } = await portal.owner.query(
        "select count(distinct code) as codes from companies where tenant_id = $1 and name = 'Twins'",
        [tenant.id],
      );
      expect(Number(rows[0].codes)).to.equal(10);
    });

    it('keeps a typed code as it was typed', async () => {
      const page = await (await open()).submit('Add', { Name: 'Typed', Code: 'North/7' });
      expect(page.text).to.include('North/7');
    });

    it('refuses a code that another company has, at its field, and loses nothing', async () => {
      const page = await (await open()).submit('Add', { Name: 'Again', Code: 'NORTH/7' });
      expect(page.status).to.equal(422);
      expect(page.errors).to.deep.equal(['A company with the code NORTH/7 already exists']);
      expect(page.form('Add').values()).to.deep.include({ name: 'Again', code: 'NORTH/7' });
    });

    it('asks for a name, and for a code and a parent that there can be', async () => {
      const form = await open();
      expect((await form.submit('Add')).errors).to.deep.equal(['Enter a name']);
      const odd = await form.submit('Add', { Name: 'Odd', Code: 'a b', 'Parent company': 'nobody' });
      expect(odd.errors).to.deep.equal(['Use letters, digits, dots, dashes and slashes only, like C-1001']);
      const orphan = await form.submit('Add', { Name: 'Odd', 'Parent company': 'nobody' });
      expect(orphan.errors).to.deep.equal(['No company has the code nobody']);
    });

    it('puts a company below another one', async () => {
      const parent = await createCompany(portal, tenant, { name: 'Holding', code: 'HOLD' });
      const page = await (await open()).submit('Add', { Name: 'Daughter', 'Parent company': 'hold' });
      expect(page.href('Holding')).to.equal(`${LIST}/${parent.id}`);
      expect((await page.follow('Holding')).links).to.include('Daughter');
    });

    it('ignores what the form does not have', async () => {
      const other = await createTenant(portal);
      const form = await open();
      const answer = await manager.postFrom(form, LIST, {
        name: 'Plain',
        code: '',
        status: 'blocked',
        tenant_id: other.id,
        id: newId(),
      });
      expect((await manager.arrive(LIST, answer)).badges).to.include('Active');
    });

    it('shows a name with markup in it as it is', async () => {
      const name = '<script>alert(1)</script>"><img src=x onerror=alert(1)>';
      const page = await (await open()).submit('Add', { Name: name });
      expect(page.h1).to.equal(name);
      expect((await manager.visit(`${LIST}?q=onerror`)).rows('onerror=alert(1)')).to.have.length(1);
    });
  });

  describe('Edit company', () => {
    it('changes name and code, and the audit log tells what was before', async () => {
      const company = await createCompany(portal, tenant, { name: 'Before', code: 'BEF' });
      const page = await manager.visit(`${LIST}/${company.id}`);
      const saved = await (
        await page.follow('Edit company')
      ).submit('Save changes', { Name: 'After', Code: 'AFT' });
      expect(saved.h1).to.equal('After');
      expect(saved.flashes).to.deep.equal(['Your changes were saved.']);
      const { rows } = await portal.owner.query(
        'select event, changes from audit_events where target_id = $1',
        [company.id],
      );
      expect(rows).to.deep.equal([
        { event: 'company.updated', changes: { name: ['Before', 'After'], code: ['BEF', 'AFT'] } },
      ]);
    });

    it('does not overwrite what somebody else has changed meanwhile', async () => {
      const company = await createCompany(portal, tenant, { name: 'Ours', code: 'OURS' });
      const mine = await manager.visit(`${LIST}/${company.id}/edit`);
      const theirs = await manager.visit(`${LIST}/${company.id}/edit`);
      await theirs.submit('Save changes', { Name: 'Theirs' });
      const refused = await mine.submit('Save changes', { Name: 'Mine' });
      expect(refused.status).to.equal(422);
      expect(refused.errors[0]).to.equal(
        `${manager.person.name} changed this company meanwhile. Check what is stored now, then save again.`,
      );
      expect(refused.find('#stored')!.text).to.include('Theirs');
      expect((await refused.submit('Save changes')).h1).to.equal('Mine');
    });

    it('never puts a company below itself, whoever moves what at the same time', async () => {
      const top = await createCompany(portal, tenant, { name: 'Top', code: 'TOP' });
      const middle = await createCompany(portal, tenant, { name: 'Middle', code: 'MID', parent_id: top.id });
      await createCompany(portal, tenant, { name: 'Bottom', code: 'BOT', parent_id: middle.id });
      const edit = await manager.visit(`${LIST}/${top.id}/edit`);
      for (const code of ['TOP', 'MID', 'BOT']) {
        const refused = await edit.submit('Save changes', { 'Parent company': code });
        expect(refused.status, code).to.equal(422);
        expect(refused.errors[0], code).to.include('cannot be the parent');
      }
      const one = await createCompany(portal, tenant, { code: 'ONE' });
      const two = await createCompany(portal, tenant, { code: 'TWO' });
      const forms = await Promise.all([one, two].map(({ id }) => manager.visit(`${LIST}/${id}/edit`)));
      const answers = await Promise.all([
        manager.postFrom(forms[0]!, `${LIST}/${one.id}`, {
          ...forms[0]!.form('Save changes').values(),
          parent_code: 'TWO',
        }),
        manager.postFrom(forms[1]!, `${LIST}/${two.id}`, {
          ...forms[1]!.form('Save changes').values(),
          parent_code: 'ONE',
        }),
      ]);
      expect(answers.map((answer) => answer.status)).to.have.members([303, 422]);
    });

    it('refuses a code that another company has', async () => {
      const company = await createCompany(portal, tenant, { code: 'FREE' });
      const edit = await manager.visit(`${LIST}/${company.id}/edit`);
      const refused = await edit.submit('Save changes', { Code: 'hold' });
      expect(refused.errors).to.deep.equal(['A company with the code hold already exists']);
    });
  });

  describe('whoever may not', () => {
    it('sees companies as a driver, but neither the buttons nor the forms', async () => {
      const company = await createCompany(portal, tenant);
      const driver = await signedInStaff(portal, tenant, 'driver');
      const list = await driver.visit(LIST);
      expect(list.links).to.not.include('Create company');
      const page = await driver.visit(`${LIST}/${company.id}`);
      expect(page.links).to.not.include.members(['Add customer', 'Edit company']);
      for (const path of [
        `${LIST}/new`,
        `${LIST}/${company.id}/edit`,
        `${LIST}/${company.id}/customers/new`,
      ]) {
        expect((await driver.visit(path)).status, path).to.equal(403);
      }
      expect((await driver.postFrom(list, LIST, { name: 'Forged' })).status).to.equal(403);
      expect((await driver.postFrom(list, `${LIST}/${company.id}`, { name: 'Forged' })).status).to.equal(403);
    });

    it('has no access without a role', async () => {
      const nobody = await signedInStaff(portal, tenant, null);
      expect((await nobody.visit(LIST)).status).to.equal(403);
    });

    it('is asked to log in when signed out, and then gets there', async () => {
      const page = await new Visitor(portal, tenant.operations).visit(LIST);
      expect(page.path).to.equal('/login');
      const { email, password } = manager.person;
      const list = await page.submit('Log in', { 'Email address': email, Password: password });
      expect(list.path).to.equal(LIST);
    });

    it("finds nothing at another tenant's company, nor at what is no id", async () => {
      const other = await createTenant(portal);
      const theirs = await createCompany(portal, other);
      for (const id of [theirs.id, newId(), 'abc', '0']) {
        for (const path of [`${LIST}/${id}`, `${LIST}/${id}/edit`]) {
          expect((await manager.visit(path)).status, path).to.equal(404);
        }
        const answer = await manager.postFrom(await manager.visit(`${LIST}/new`), `${LIST}/${id}`, {
          name: 'Stolen',
          code: 'X',
          version: '1',
        });
        expect(answer.status).to.equal(404);
      }
    });
  });
});
