import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import type { CompanyStatus } from '../../../src/domain/company/company.ts';
import { newId } from '../../../src/database/new-id.ts';
import { findEventNamesOf } from '../../support/audit.ts';
import {
  createCompany,
  createCustomer,
  createTenant,
  signedInStaff,
  type TestCompany,
  type TestTenant,
} from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';
import { sql } from '../../support/rows.ts';
import { createUnit } from '../../support/units.ts';
import { Visitor } from '../../support/visitor.ts';

const pathOf = ({ id }: Pick<TestCompany, 'id'>) => `/customers/companies/${id}`;

describe('The status of a company', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const change = async (company: TestCompany, status: string, reason = 'Asked by phone') => {
    const form = await manager.visit(`${pathOf(company)}/status`);
    return form.submit('Change status', { status, reason });
  };
  const statusOf = async ({ id }: TestCompany) =>
    (await sql<{ status: CompanyStatus }>(portal, 'select status from companies where id = $1', [id]))[0]!
      .status;

  it('is changed with a reason, which the page of the company and the history show', async () => {
    const company = await createCompany(portal, tenant);
    const page = await change(company, 'on_hold', 'Two payments were returned');
    expect(page.path).to.equal(pathOf(company));
    expect(page.badges).to.include('On hold');
    expect(page.text).to.include('Two payments were returned').and.include('There are no new rentals');
    expect(await findEventNamesOf(portal, company.id)).to.eql(['company.status_changed']);
    const form = await manager.visit(`${pathOf(company)}/status`);
    expect(form.text).to.include('Active to On hold').and.include('Two payments were returned');
    const { rows } = await portal.owner.query('select changes from audit_events where target_id = $1', [
      company.id,
    ]);
    expect(rows).to.eql([
      { changes: { status: ['active', 'on_hold'], reason: [null, 'Two payments were returned'] } },
    ]);
  });

  it('needs a status that is new, and a reason', async () => {
    const company = await createCompany(portal, tenant);
    const form = await manager.visit(`${pathOf(company)}/status`);
    const empty = await form.submit('Change status', { status: 'blocked', reason: ' ' });
    expect([empty.status, empty.text.includes('Enter a reason')]).to.eql([422, true]);
    const same = await manager.postFrom(form, `${pathOf(company)}/status`, {
      status: 'active',
      reason: 'Same',
      version: '1',
    });
    expect(same.status).to.equal(422);
    expect(same.text).to.include('The company has this status already');
    expect(await statusOf(company)).to.equal('active');
  });

  it('is not changed by a form that was opened before another change', async () => {
    const company = await createCompany(portal, tenant);
    const form = await manager.visit(`${pathOf(company)}/status`);
    await change(company, 'pending');
    const page = await form.submit('Change status', { status: 'blocked', reason: 'Late' });
    expect(page.status).to.equal(422);
    expect(page.text).to.include('The company was changed after you opened this page');
    expect(await statusOf(company)).to.equal('pending');
  });

  it('is Archived only without open rentals and balances, which the page lists', async () => {
    const company = await createCompany(portal, tenant);
    const rentals = new TestRentals(portal, tenant, company);
    accepted(await rentals.moveIn('2026-06-01'));
    const form = await manager.visit(`${pathOf(company)}/status`);
    expect(form.text).to.include('Before it can be archived').and.include('1 open rental');
    const page = await form.submit('Change status', { status: 'archived', reason: 'Left' });
    expect(page.status).to.equal(422);
    expect(page.text).to.include('Finish what is listed below').and.include('100.00 is not paid');
    expect(await statusOf(company)).to.equal('active');
  });

  it('Archived refuses every change until the company is Active again', async () => {
    const company = await createCompany(portal, tenant);
    const customer = await createCustomer(portal, tenant, { company });
    const [before, edit, add, roles] = [
      await manager.visit(`${pathOf(company)}/status`),
      await manager.visit(`${pathOf(company)}/edit`),
      await manager.visit(`${pathOf(company)}/customers/new`),
      await manager.visit(`${pathOf(company)}/customers/${customer.id}/removal`),
    ];
    await before.submit('Change status', { status: 'archived', reason: 'Ceased trading' });
    const refused = [
      await edit.submit('Save changes', { Name: 'Other' }),
      await add.submit('Add', { Username: 'late@example.com', Roles: ['View only'] }),
      await roles.submit('Remove from company'),
      await (
        await manager.visit('/invoices/charges/new')
      ).submit('Issue a Charge', { Customer: company.code, Description: 'Key', Amount: '5' }),
      await (
        await manager.visit('/invoices/credits/new')
      ).submit('Issue a Credit', { Customer: company.code, Description: 'Key', Amount: '5' }),
    ];
    for (const page of refused) {
      expect(page.status, page.path).to.equal(422);
      expect(page.text, page.path).to.include('is archived, so nothing can be changed');
    }
    const page = await manager.visit(pathOf(company));
    expect(page.links).to.include('Change status').and.not.include('Edit company');
    const again = await change(company, 'active');
    expect(again.links).to.include('Edit company');
  });

  for (const status of ['pending', 'on_hold', 'blocked'])
    it(`${status} refuses a move-in with a clear sentence`, async () => {
      const company = await createCompany(portal, tenant);
      await change(company, status);
      const unit = await createUnit(portal, tenant, { code: newId().slice(-6) });
      const form = await manager.visit(`/rentals/new?customer=${company.code}&unit=${unit.id}`);
      const page = await form.submit('Move in', {});
      expect(page.status).to.equal(422);
      expect(page.text).to.include('is not Active, so it gets no new rentals');
    });

  it('Blocked sends no email to log in to its customers', async () => {
    const company = await createCompany(portal, tenant);
    const customer = await createCustomer(portal, tenant, { company, password: null });
    await change(company, 'blocked');
    const add = await manager.visit(`${pathOf(company)}/customers/new`);
    const page = await add.submit('Add', {
      Username: 'unknown@example.com',
      Roles: ['View only'],
      'Email template': 'accountInvitation',
    });
    expect([page.status, page.text.includes('so its customers get no email to log in')]).to.eql([422, true]);
    const user = await manager.visit(`/users/${customer.id}`);
    expect(user.badges).to.include('Company blocked');
    const sent = await manager.postFrom(user, `/users/${customer.id}/emails`, {
      template: 'accountActivation',
    });
    expect(sent.status).to.equal(422);
  });

  it('is either Archived or gets a rental when both happen at the same moment', async () => {
    for (let n = 0; n < 6; n += 1) {
      const company = await createCompany(portal, tenant);
      const rentals = new TestRentals(portal, tenant, company);
      const form = await manager.visit(`${pathOf(company)}/status`);
      const [moved, page] = await Promise.all([
        rentals.moveIn('2026-06-01'),
        form.submit('Change status', { status: 'archived', reason: 'Left' }),
      ]);
      expect([moved.ok, page.status]).to.be.deep.oneOf([
        [true, 422],
        [false, 200],
      ]);
    }
  });

  it('gives no rental to a move-in that waits for the transaction which puts the company on hold', async () => {
    const company = await createCompany(portal, tenant);
    const rentals = new TestRentals(portal, tenant, company);
    const client = await portal.owner.connect();
    await client.query('begin');
    await client.query(`update companies set status = 'on_hold' where id = $1`, [company.id]);
    const moving = rentals.moveIn('2026-06-01');
    await setTimeout(300);
    await client.query('commit');
    client.release();
    expect(await moving).to.have.nested.property('errors[0].code', 'company_not_active');
  });

  it('returns 404 for the company of another tenant', async () => {
    const other = await createCompany(portal, await createTenant(portal));
    expect((await manager.visit(`${pathOf(other)}/status`)).status).to.equal(404);
    const sent = await manager.postFrom(await manager.visit('/users'), `${pathOf(other)}/status`, {
      status: 'blocked',
      reason: 'Mine',
      version: '1',
    });
    expect(sent.status).to.equal(404);
  });

  it('returns 403 to staff without the permission and redirects anonymous users', async () => {
    const company = await createCompany(portal, tenant);
    const operations = await signedInStaff(portal, tenant, 'operations');
    expect((await operations.visit(`${pathOf(company)}/status`)).status).to.equal(403);
    expect((await operations.visit(pathOf(company))).links).not.to.include('Change status');
    const stranger = new Visitor(portal, tenant.operations);
    const { status, headers } = await stranger.get(`${pathOf(company)}/status`);
    expect(status).to.equal(303);
    expect(headers['location']).to.include('/login');
  });
});
