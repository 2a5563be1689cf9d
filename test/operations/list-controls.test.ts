import { expect } from 'chai';
import { newId } from '../../src/database/new-id.ts';
import {
  createCompany,
  createCustomer,
  createTenant,
  signedInStaff,
  type TestTenant,
} from '../support/factories.ts';
import { startOperations, type StaffVisitor } from '../support/operations.ts';
import type { TestPortal } from '../support/portal.ts';
import { createSite, createUnit, insertRental } from '../support/units.ts';
import type { Visitor } from '../support/visitor.ts';

const ID = '01890000-0000-7000-8000-000000000001';
const OTHER_ID = '01890000-0000-7000-8000-000000000002';

const firstWord = (text: string) => text.split(' ')[0]!;

describe('The filters of a list', () => {
  let portal: TestPortal;
  let manager: StaffVisitor;
  let tenant: TestTenant;
  let staff: Visitor;

  before(async () => {
    ({ portal, manager } = await startOperations());
    tenant = await createTenant(portal, { time_zone: 'Pacific/Auckland' });
    staff = await signedInStaff(portal, tenant);
    // In Auckland: the 1st, the 2nd and the 3rd of October.
    await addUser('First', '2026-09-30T11:30:00Z');
    await addUser('Second', '2026-10-01T11:30:00Z');
    await addUser('Third', '2026-10-02T11:30:00Z');
  });

  async function addUser(first_name: string, at: string): Promise<void> {
    const { id } = await createCustomer(portal, tenant, { first_name, password: null });
    const moved = newId(Date.parse(at));
    await portal.owner.query('update users set id = $2, created_at = $3 where id = $1', [id, moved, at]);
  }

  const names = async (query: string) =>
    (await staff.visit(`/users?sort=created&${query}`)).rows().map((row) => row.split(' ')[0]);

  it('find the days of a range, inclusive and in the time zone of the tenant', async () => {
    expect(await names('created=2026-10-01..2026-10-02')).to.eql(['First', 'Second']);
    expect(await names('created=2026-10-02..2026-10-02')).to.eql(['Second']);
    expect(await names('created=2026-10-02..')).to.eql(['Second', 'Third']);
    expect(await names('created=..2026-10-01')).to.eql(['First']);
    expect(await names('created=..1960-01-01')).to.eql([]);
  });

  it('join the two fields of a range, of which one may be empty', async () => {
    const list = await staff.visit('/users');
    const both = await list.submit('Search', { 'Created from': '2026-10-01', 'Created to': '2026-10-02' });
    expect(both.url).to.equal('/users?created=2026-10-01..2026-10-02');
    expect(both.form('Search').values()).to.deep.include({
      created_from: '2026-10-01',
      created_to: '2026-10-02',
    });
    const one = await both.submit('Search', { 'Created from': '' });
    expect(one.url).to.equal('/users?created=..2026-10-02');
    expect((await one.submit('Search', { 'Created to': '' })).url).to.equal('/users');
  });

  it('name a range that is not valid and leave it out', async () => {
    for (const value of ['x', '..', '2026-10-02', '2026-10-02..2026-10-01', '2026-02-30..', '1..2..3']) {
      const page = await staff.visit(`/users?created=${value}`);
      expect(page.flashes.join(), value).to.include("'created' in the address is not valid");
      expect(page.rows(), value).to.have.length(3);
    }
    expect((await staff.visit('/users?created_from=no&created_to=')).flashes.join()).to.include("'created'");
  });

  it('find the users of a role', async () => {
    const other = await createTenant(portal);
    const reader = await signedInStaff(portal, other);
    const company = await createCompany(portal, other, { name: 'Engines' });
    await createCustomer(portal, other, { first_name: 'Admin', company });
    await createCustomer(portal, other, { first_name: 'Payer', company, roles: ['accounts_payable'] });
    await createCustomer(portal, other, { first_name: 'Other' });
    const list = await reader.visit('/users');
    const found = await list.submit('Search', { role: ['Company Admin'] });
    expect(found.rows().map((row) => row.split(' ')[0])).to.eql(['Admin']);
    expect((await reader.visit(`/users?role=${newId()}`)).text).to.include('No user matches these filters.');
  });

  it('find who rents, at a site, and who does not', async () => {
    const other = await createTenant(portal);
    const reader = await signedInStaff(portal, other);
    const company = await createCompany(portal, other, { name: 'Engines' });
    await createCompany(portal, other, { name: 'Idle' });
    const person = await createCustomer(portal, other, { first_name: 'Person' });
    await createCustomer(portal, other, { first_name: 'Member', company });
    await createCustomer(portal, other, { first_name: 'None' });
    const southSite = await createSite(portal, other, 'South');
    const north = await createUnit(portal, other);
    const south = await createUnit(portal, other, { site: southSite, type: north.type });
    await insertRental(portal, other, north.id, { owner: { company_id: company.id } });
    await insertRental(portal, other, south.id, { owner: { user_id: person.id } });
    const found = async (path: string) =>
      (await reader.visit(path)).rows().map((row) => row.replace(/^C-\d+ /, ''));
    const users = async (query: string) => (await found(`/users?sort=name&${query}`)).map(firstWord);
    // Only members of the company that rents.
    await portal.owner.query(
      `update users u set is_renting = true where exists (select from memberships m where m.user_id = u.id and m.company_id = $1)`,
      [company.id],
    );
    expect(await users('status=active')).to.eql(['Member', 'Person']);
    expect(await users('status=inactive')).to.eql(['None']);
    expect(await users(`site=${north.site.id}`)).to.eql(['Member']);
    expect(await users(`site=${north.site.id}&site=${south.site.id}`)).to.eql(['Member', 'Person']);
    const companies = async (query: string) =>
      (await reader.visit(`/customers/companies?${query}`)).links.filter((text) =>
        /^(Engines|Idle)$/.test(text),
      );
    expect(await companies('renting=yes')).to.eql(['Engines']);
    expect(await companies('renting=no')).to.eql(['Idle']);
    expect(await companies(`site=${north.site.id}`)).to.eql(['Engines']);
    expect(await companies('status=active&status=blocked&created=..2020-01-01')).to.eql([]);
  });

  it('find the users of several roles', async () => {
    const other = await createTenant(portal);
    const reader = await signedInStaff(portal, other);
    const company = await createCompany(portal, other);
    await createCustomer(portal, other, { first_name: 'Admin', company });
    await createCustomer(portal, other, { first_name: 'Payer', company, roles: ['accounts_payable'] });
    await createCustomer(portal, other, { first_name: 'Viewer', company, roles: ['view_only'] });
    const list = await reader.visit('/users?sort=name');
    const found = await list.submit('Search', { role: ['Company Admin', 'View only'] });
    expect(found.rows().map(firstWord)).to.eql(['Admin', 'Viewer']);
  });

  it('link those who may manage the team to the staff', async () => {
    expect((await staff.visit('/users')).href('Staff')).to.equal('/settings/team');
    const driver = await signedInStaff(portal, tenant, 'driver');
    expect((await driver.visit('/users')).links).to.not.include('Staff');
  });

  it('are not shown without a choice', async () => {
    const list = await staff.visit('/users');
    expect(list.find('[name=site]')).to.equal(null);
    expect(list.find('[name=role]')).to.not.equal(null);
  });

  it('find the rows of several values', async () => {
    for (const path of [
      '/rentals?status=reserved&status=active',
      '/invoices?status=sent&status=overdue',
      '/payments?channel=cash&channel=cheque&received=2026-01-01..',
      '/requests?kind=move_out&kind=transfer&created=2026-01-01..2026-12-31',
      '/emails?state=queued&state=failed&template=accountActivation&template=resetPassword&created=2026-01-01..',
      '/sites?status=archived',
      '/tasks?state=queued&state=running&kind=billing-run&kind=export&created=2026-01-01..',
      `/units?site=${ID}&site=${OTHER_ID}&unit_type=${ID}&status=available`,
      `/rentals?status=active&site=${ID}&starts=2026-01-01..&ends=..2026-12-31`,
      '/invoices?kind=credit_note&year=2026&due=..2026-12-31',
      '/requests?wanted=2026-01-01..2026-12-31',
      '/billing-runs?kind=rent&kind=autopay&status=failed&day=2026-01-01..',
      `/settings/team?role=${ID}&status=enabled`,
    ]) {
      const page = await manager.visit(path);
      expect(page.status, path).to.equal(200);
      expect(page.url, path).to.equal(path);
      expect(page.flashes, path).to.eql([]);
    }
  });
});
