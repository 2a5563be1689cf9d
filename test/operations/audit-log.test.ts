import { expect } from 'chai';
import { asPlatform } from '../../src/database/as-platform.ts';
import { newId } from '../../src/database/new-id.ts';
import { systemActor } from '../../src/domain/actor.ts';
import { eraseAuditPersonalData } from '../../src/domain/audit/erase-personal-data.ts';
import {
  createCompany,
  createCustomer,
  createTenant,
  signedInStaff,
  type TestTenant,
} from '../support/factories.ts';
import { startOperations, type StaffVisitor } from '../support/operations.ts';
import type { TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('Audit log', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations({ time_zone: 'Pacific/Auckland' }));
  });
  after(() => portal.close());

  const record = (at: string, fields: Record<string, unknown> = {}, to = tenant) => {
    const row = { event: 'company.created', actor_name: 'The seed', target_name: at, ...fields };
    return portal.owner.query(
      `insert into audit_events (tenant_id, at, id, event, actor_kind, actor_id, actor_name, target_name,
         actor_digest, target_digest)
       values ($1, $2, $3, $4, 'staff', $5, $6, $7, '', '')`,
      [to.id, at, newId(), row.event, fields['actor_id'] ?? null, row.actor_name, row.target_name],
    );
  };
  const month = (offset: number) => {
    const now = new Date();
    return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1)).toISOString().slice(0, 7);
  };

  it('shows actor, target, IP address and changed values of an event', async () => {
    const company = await createCompany(portal, tenant, { name: 'Before', code: 'B4' });
    const edit = await manager.visit(`/customers/companies/${company.id}/edit`);
    await edit.submit('Save changes', { Name: 'After' });
    const log = await (await manager.visit('/')).follow('Audit log');
    const row = log.rows('Company changed')[0];
    expect(row).to.include(manager.person.name).and.include('After').and.include(manager.address);
    expect(row).to.include('Name: Before → After');
    expect(log.href('After')).to.equal(`/customers/companies/${company.id}`);
  });

  it('shows Erased for actor, IP address, target and changed values that have been erased', async () => {
    const erase = (userId: string) =>
      asPlatform(portal.database, (db) =>
        eraseAuditPersonalData(db, systemActor('Erasure'), tenant.id, userId),
      );
    const customer = await createCustomer(portal, tenant);
    const edit = await manager.visit(`/users/${customer.id}/edit`);
    await edit.submit('Save changes', { 'First name': 'Augusta' });
    await erase(customer.id);
    expect((await manager.visit('/audit-log')).rows('Personal data erased')[0]).to.include('Erasure');
    const [changed] = (await manager.visit('/audit-log')).rows('User changed');
    expect(changed).to.include(manager.person.name).and.include(manager.address);
    expect(changed).to.include('First name: Erased').and.not.include('Augusta');
    expect((await manager.visit('/audit-log')).href('Erased')).to.equal(`/users/${customer.id}`);

    const staff = await signedInStaff(portal, tenant, 'admin');
    const enable = await staff.visit(`/users/${customer.id}/edit`);
    await enable.submit('Save changes', { 'First name': 'Ada' });
    await erase(staff.person.id);
    const row = (await manager.visit('/audit-log')).rows('User changed')[0];
    expect(row).to.include('Ada').and.not.include(staff.person.name).and.not.include(staff.address);
    expect(row!.match(/Erased/g)).to.have.length(2);
    expect((await manager.visit(`/users/${customer.id}`)).text).to.include('by Erased');
  });

  it('marks failed events', async () => {
    const login = await new Visitor(portal, tenant.operations).visit('/login');
    await login.submit('Log in', { 'Email address': manager.person.email, Password: 'wrong' });
    expect((await manager.visit('/audit-log')).rows('Login failed')[0]).to.include('Failed');
  });

  it('filters by the name or address of the actor and by event', async () => {
    const other = await signedInStaff(portal, tenant, 'admin');
    const form = await other.visit('/customers/companies/new');
    await form.submit('Add', { Name: 'By the admin' });
    const log = await manager.visit('/audit-log');
    for (const who of [other.person.email.slice(0, -4), other.person.name.toUpperCase()]) {
      const found = await log.submit('Filter', { Who: who, What: 'Company created' });
      expect(found.rows(), who).to.have.length(1);
      expect(found.rows()[0]).to.include('By the admin');
    }
    expect((await log.submit('Filter', { Who: 'unknown' })).text).to.include(
      'Nothing has been recorded for these filters.',
    );
  });

  it("filters by days in the tenant's time zone, across months", async () => {
    const zoned = await createTenant(portal, { time_zone: 'Pacific/Auckland' });
    const staff = await signedInStaff(portal, zoned);
    // Auckland is 12 or 13 hours ahead: 10:30 UTC is on the same day there, 13:30 UTC on the next day.
    const day = `${month(1)}-10`;
    await record(`${day}T10:30:00Z`, { target_name: 'late on the tenth' }, zoned);
    await record(`${day}T13:30:00Z`, { target_name: 'early on the eleventh' }, zoned);
    await record(`${month(2)}-05T00:00:00Z`, { target_name: 'a month later' }, zoned);
    const log = await staff.visit('/audit-log');
    const tenth = await log.submit('Filter', { From: day, To: day });
    expect(tenth.rows()).to.have.length(1);
    expect(tenth.rows()[0]).to.include('late on the tenth');
    const after = await log.submit('Filter', { From: `${month(1)}-11` });
    expect(after.rows().map((row) => /early on the eleventh|a month later/.exec(row)?.[0])).to.deep.equal([
      'a month later',
      'early on the eleventh',
    ]);
  });

  it('pages through months without skipping events of the same millisecond', async () => {
    const many = await createTenant(portal);
    const staff = await signedInStaff(portal, many);
    const names = [];
    for (let n = 0; n < 60; n += 1) {
      const name = `number ${n}`;
      names.push(name);
      const at = n < 30 ? `${month(2)}-01T00:00:00.0000${60 - n}Z` : `${month(1)}-20T00:00:00.0000${90 - n}Z`;
      await record(at, { target_name: name }, many);
    }
    const seen: string[] = [];
    let page = await staff.visit('/audit-log?event=company.created');
    for (;;) {
      seen.push(...page.rows().map((row) => /number \d+/.exec(row)![0]));
      if (!page.links.includes('Next')) break;
      page = await page.follow('Next');
    }
    expect(seen).to.deep.equal(names);
    page = await page.follow('Previous');
    expect(page.rows()[0]).to.include('number 25');
  });

  it('ignores and reports invalid filters', async () => {
    const invalid = [
      'from=2026-02-31',
      'from=x',
      'to=9999999',
      'event=__proto__',
      'event=no.such',
      'from[]=2026-01-01',
    ];
    for (const query of [
      ...invalid,
      'q=%25%00',
      'after=x',
      'from=2026-12-01&to=2026-01-01',
      'to=9999-12-31',
    ]) {
      expect((await manager.visit(`/audit-log?${query}`)).status, query).to.equal(200);
    }
    const page = await manager.visit('/audit-log?from=2026-02-31');
    expect(page.flashes[0]).to.include("could not understand 'from'");
  });

  it('does not show events of another tenant', async () => {
    const other = await createTenant(portal);
    await createCompany(portal, other);
    await record(`${month(0)}-15T00:00:00Z`, { target_name: 'foreign' }, other);
    expect((await manager.visit('/audit-log')).text).to.not.include('foreign');
  });

  it('returns 403 to roles other than Manager and Admin', async () => {
    for (const role of ['operations', 'driver']) {
      const staff = await signedInStaff(portal, tenant, role);
      expect((await staff.get('/audit-log')).status, role).to.equal(403);
    }
    expect((await (await signedInStaff(portal, tenant, 'admin')).visit('/audit-log')).status).to.equal(200);
  });

  it('redirects anonymous users to the login page', async () => {
    expect((await new Visitor(portal, tenant.operations).visit('/audit-log')).path).to.equal('/login');
  });
});
