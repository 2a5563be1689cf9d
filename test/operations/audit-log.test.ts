import { expect } from 'chai';
import type { Knex } from 'knex';
import { asPlatform } from '../../src/database/as-platform.ts';
import { readTenant, type AnyRead } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import { TenantDb } from '../../src/database/tenant-db.ts';
import { systemActor } from '../../src/domain/actor.ts';
import { auditList } from '../../src/domain/audit/audit-list.ts';
import type { EmailAddress } from '../../src/domain/text/email-address.ts';
import { userColumns } from '../../src/domain/user/user.ts';
import { eraseAuditPersonalData } from '../../src/domain/audit/erase-personal-data.ts';
import {
  createCompany,
  createCustomer,
  createTenant,
  signedInStaff,
  type TestTenant,
} from '../support/factories.ts';
import type { StaffVisitor } from '../support/operations.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { countRowsRead, readAsTenant } from '../support/rows-read.ts';
import { Visitor } from '../support/visitor.ts';

describe('Audit log', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal, { time_zone: 'Pacific/Auckland' });
    manager = await signedInStaff(portal, tenant);
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
      const found = await log.submit('Search', { q: who, event: 'Company created' });
      expect(found.rows(), who).to.have.length(1);
      expect(found.rows()[0]).to.include('By the admin');
    }
    expect((await log.submit('Search', { q: 'unknown' })).text).to.include('No events match');
  });

  it('names emails and languages as the other pages do', async () => {
    const customer = await createCustomer(portal, tenant, { password: null, access: 'no_access' });
    const edit = await manager.visit(`/users/${customer.id}/edit`);
    await edit.submit('Save changes', { Language: 'العربية' });
    await (await manager.visit(`/users/${customer.id}`)).submit('Send invitation email');
    const log = await manager.visit('/audit-log');
    expect(log.rows('Email queued')[0]).to.include('Template: Invitation');
    expect(log.rows('User changed')[0]).to.include('Language: العربية');
    const history = (await manager.visit(`/users/${customer.id}`)).text;
    expect(history).to.include('Template: Invitation').and.include('Language: العربية');
  });

  it('shows the events of one object, to which the pages of users and companies link', async () => {
    const customer = await createCustomer(portal, tenant);
    const company = await createCompany(portal, tenant, { name: 'Object Ltd', code: 'OBJ' });
    const edit = await manager.visit(`/customers/companies/${company.id}/edit`);
    await edit.submit('Save changes', { Name: 'Object Works' });
    const form = await manager.visit(`/users/${customer.id}/edit`);
    await form.submit('Save changes', { 'First name': 'Only' });
    const history = await (await manager.visit(`/users/${customer.id}`)).follow('All history');
    const ofUser = await history.follow('All events of this user');
    expect(ofUser.text).to.include('Events of Only');
    expect(ofUser.rows()).to.have.length(1);
    const ofCompany = await (
      await manager.visit(`/customers/companies/${company.id}/history`)
    ).follow('All events of this company');
    expect(ofCompany.rows()).to.have.length(1);
    expect(ofCompany.rows()[0]).to.include('Object Ltd → Object Works');
    const filtered = await ofCompany.submit('Search', { event: 'User changed' });
    expect(filtered.rows()).to.deep.equal([]);
    expect((await filtered.follow('Clear')).rows().length).to.be.greaterThan(2);
    const operations = await signedInStaff(portal, tenant, 'operations');
    expect((await operations.visit(`/customers/companies/${company.id}/history`)).links).to.not.include(
      'All events of this company',
    );
  });

  it('finds the actor by each word of the name and other forms of its letters', async () => {
    const named = await createTenant(portal);
    const staff = await signedInStaff(portal, named);
    const columns = userColumns({
      email: staff.person.email as EmailAddress,
      first_name: 'Łukasz',
      last_name: 'O’Brien-王小明',
      phone: null,
      phone2: null,
    });
    await portal.owner.query('update users set name = $2, name_norm = $3, search_text = $4 where id = $1', [
      staff.person.id,
      columns.name,
      columns.name_norm,
      columns.search_text,
    ]);
    for (const q of ['obrien lukasz', "O'Brien", '王小', 'lu obr', 'ŁUKASZ']) {
      const page = await staff.visit(`/audit-log?q=${encodeURIComponent(q)}`);
      expect(page.rows('Logged in'), q).to.have.length(1);
    }
    expect((await staff.visit('/audit-log?q=lukas+obriens')).rows()).to.eql([]);
  });

  it('shows the events of the same 200 people on each page when more people match', async () => {
    const crowded = await createTenant(portal);
    const staff = await signedInStaff(portal, crowded);
    const ids = Array.from({ length: 230 }, () => newId());
    // Stored in another order than that of the ids.
    await portal.owner.query(
      `insert into users (tenant_id, id, audience, name, name_norm, email, email_norm, search_text)
       select $1, id, 'customer', 'Crowd', 'crowd', id || '@x.example', id || '@x.example', ' crowd ' || replace(id::text, '-', ' ')
       from unnest($2::uuid[]) id order by id desc`,
      [crowded.id, ids],
    );
    for (const [n, actor_id] of ids.entries())
      await record(`${month(0)}-01T00:00:00.000${100 + n}Z`, { actor_id }, crowded);
    const { query } = auditList.parse({ q: 'crowd' });
    const read = <const Reads extends readonly AnyRead[]>(build: (db: TenantDb) => Reads) =>
      readTenant(portal.database, crowded.id, build);
    const streamed: (string | null)[] = [];
    for await (const events of auditList.stream(read, query))
      streamed.push(...events.map(({ actor_id }) => actor_id));
    expect(streamed.toReversed()).to.eql(ids.slice(-200));
    expect((await read((db) => [auditList.counted(db, query)]))[0].count).to.equal(200);
    let page = await staff.visit('/audit-log?q=crowd');
    let shown = page.rows().length;
    for (; page.links.includes('Next'); shown += page.rows().length) page = await page.follow('Next');
    expect(shown).to.equal(200);
    expect(page.text).to.include('Events of the first 200 matching users.');
    const few = await staff.visit(`/audit-log?q=${ids.at(-1)}`);
    expect(few.text).to.not.include('matching users');
  });

  it('shows every event for a search that is empty without its accents', async () => {
    const page = await manager.visit(`/audit-log?q=${encodeURIComponent('\u0301')}`);
    expect(page.rows()).to.eql((await manager.visit('/audit-log')).rows());
    expect(page.rows()).to.not.eql([]);
  });

  it('reads no event when no person matches', async () => {
    const { query } = auditList.parse({ q: 'no such person' });
    const [plan] = await readTenant(portal.database, tenant.id, (db) => [
      db.raw<{ rows: { 'QUERY PLAN': string }[] }>('explain (analyze, timing off, costs off) ?', [
        auditList.rows(db, query) as unknown as Knex.QueryBuilder,
      ]),
    ]);
    const scans = plan.rows.map((row) => row['QUERY PLAN']).filter((line) => / on audit_events/.test(line));
    expect(scans).to.not.eql([]);
    for (const scan of scans) expect(scan).to.include('(never executed)');
  });

  it('reads few events for an actor with few events among actors with many', async () => {
    const busy = await createTenant(portal);
    const [rare, frequent] = await Promise.all([
      createCustomer(portal, busy, { first_name: 'Rare' }),
      createCustomer(portal, busy),
    ]);
    await portal.owner.query(
      `insert into audit_events (tenant_id, at, id, event, actor_kind, actor_id, actor_digest, target_digest)
       select $1, now() - n * interval '1 microsecond', md5(n::text)::uuid, 'user.logged_in', 'customer',
         case when n > 19990 then $2::uuid else $3::uuid end, '', ''
       from generate_series(1, 20000) n`,
      [busy.id, rare.id, frequent.id],
    );
    await portal.owner.query('analyze audit_events');
    const { query } = auditList.parse({ q: 'rare' });
    const { sql, bindings } = auditList
      .rows(new TenantDb(portal.database.knex, busy.id), query)
      .toSQL()
      .toNative();
    const read = await readAsTenant(portal, busy.id, (client) =>
      countRowsRead(client, 'audit_events', () => client.query(sql, [...bindings])),
    );
    expect(read).to.be.within(10, 20);
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
    const tenth = await log.submit('Search', { from: day, to: day });
    expect(tenth.rows()).to.have.length(1);
    expect(tenth.rows()[0]).to.include('late on the tenth');
    const after = await log.submit('Search', { from: `${month(1)}-11` });
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
    expect(page.flashes[0]).to.include("'from' in the address is not valid");
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
