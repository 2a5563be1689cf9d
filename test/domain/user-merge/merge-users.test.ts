import { expect } from 'chai';
import { asPlatform } from '../../../src/database/as-platform.ts';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { systemActor } from '../../../src/domain/actor.ts';
import { eraseAuditPersonalData } from '../../../src/domain/audit/erase-personal-data.ts';
import { sealValue, unsealValue } from '../../../src/domain/custom-field/store-values.ts';
import { recordAudit } from '../../../src/domain/audit/record-audit.ts';
import { mergeUsers } from '../../../src/domain/user-merge/merge-users.ts';
import { Forbidden, NotFound } from '../../../src/errors.ts';
import { findEventsOf, findAuditEvents } from '../../support/audit.ts';
import {
  createCompany,
  createCustomer,
  createCustomerWithoutEmail,
  createCustomField,
  createStaff,
  createTenant,
  signedInCustomer,
  type TestPerson,
  type TestTenant,
} from '../../support/factories.ts';
import { labelsOfRow, createLabel } from '../../support/labels.ts';
import { merge } from '../../support/merges.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { sql, userRow } from '../../support/rows.ts';

describe('mergeUsers', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let ada: TestPerson;
  let bob: TestPerson;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });
  beforeEach(async () => {
    ada = await createCustomer(portal, tenant);
    bob = await createCustomer(portal, tenant);
  });

  const survivorOf = async (id: string) =>
    (await sql<{ user_id: string }>(portal, 'select user_id from user_aliases where id = $1', [id]))[0]
      ?.user_id;

  it('keeps the details of the user, and fills those that are empty', async () => {
    await sql(portal, `update users set phone = null, alternate_name = 'Eve' where id = $1`, [ada.id]);
    await sql(
      portal,
      `update users set phone = '+44 20 7946 0001', address = 'Harbour Lane 1', address_norm = 'harbour lane 1', locale = 'ar', alternate_name = 'Joe',
         alternate_phone = '+44 20 7946 0002' where id = $1`,
      [bob.id],
    );
    const before = await userRow(portal, ada.id);
    await merge(portal, tenant, ada.id, bob.id);
    expect(await userRow(portal, ada.id)).to.include({
      email: before['email'],
      name: before['name'],
      password_hash: before['password_hash'],
      referral_code: before['referral_code'],
      phone: '+44 20 7946 0001',
      address: 'Harbour Lane 1',
      locale: 'ar',
      alternate_name: 'Eve',
      alternate_phone: null,
      version: Number(before['version']) + 1,
    });
    expect(await userRow(portal, bob.id)).to.equal(undefined);
  });

  it('gives a user without an email address that of the other, but not the password', async () => {
    const edith = await createCustomerWithoutEmail(portal, tenant);
    await merge(portal, tenant, edith.id, bob.id);
    const row = await userRow(portal, edith.id);
    expect(row).to.include({
      email: bob.email,
      email_norm: bob.email,
      password_hash: null,
      name: edith.name,
    });
    expect(row['email_verified_at']).to.be.instanceOf(Date);
  });

  it('ends the logins of the other user and frees the email address', async () => {
    const visitor = await signedInCustomer(portal, tenant);
    await merge(portal, tenant, ada.id, visitor.person.id);
    expect((await visitor.get('/account/profile')).status).to.equal(303);
    const eve = await createCustomer(portal, tenant, { email: visitor.person.email });
    expect(eve.email).to.equal(visitor.person.email);
  });

  it('unites the memberships and the roles in each company', async () => {
    const [both, own] = [await createCompany(portal, tenant), await createCompany(portal, tenant)];
    const eve = await createCustomer(portal, tenant, {
      company: both,
      roles: ['view_only', 'company_admin'],
    });
    const joe = await createCustomer(portal, tenant, {
      companies: [both, own],
      roles: ['accounts_payable', 'company_admin'],
    });
    await merge(portal, tenant, eve.id, joe.id);
    const roles = await sql<{ company_id: string; codes: string[] }>(
      portal,
      `select m.company_id, array_agg(r.code order by r.code) as codes from memberships m
       join role_assignments a on a.tenant_id = m.tenant_id and a.company_id = m.company_id and a.user_id = m.user_id
       join roles r on r.tenant_id = a.tenant_id and r.id = a.role_id
       where m.user_id = $1 group by m.company_id`,
      [eve.id],
    );
    expect(new Map(roles.map(({ company_id, codes }) => [company_id, codes]))).to.eql(
      new Map([
        [both.id, ['accounts_payable', 'company_admin', 'view_only']],
        [own.id, ['accounts_payable', 'company_admin']],
      ]),
    );
  });

  it('unites labels, and lets a user act for themselves if one of them did', async () => {
    const company = await createCompany(portal, tenant);
    const eve = await createCustomer(portal, tenant, { company });
    const [vip, late] = [await createLabel(portal, tenant, 'VIP'), await createLabel(portal, tenant, 'Late')];
    for (const [label, user] of [
      [vip, eve],
      [vip, bob],
      [late, bob],
    ] as const)
      await sql(portal, 'insert into user_labels (tenant_id, label_id, user_id) values ($1, $2, $3)', [
        tenant.id,
        label.id,
        user.id,
      ]);
    await merge(portal, tenant, eve.id, bob.id);
    expect(await labelsOfRow(portal, 'user', eve.id)).to.have.members(['VIP', 'Late']);
    expect(await userRow(portal, eve.id)).to.include({ is_private_customer: true });
  });

  it('fills custom fields, and seals secrets for their new row', async () => {
    const [shoe, pet, code] = [
      await createCustomField(portal, tenant),
      await createCustomField(portal, tenant),
      await createCustomField(portal, tenant, { is_secret: true }),
    ];
    const keys = portal.config.secretKeys;
    const values = [
      [ada.id, { [shoe.code]: '38' }],
      [
        bob.id,
        { [shoe.code]: '45', [pet.code]: 'Rex', [code.code]: sealValue(keys, bob.id, code, 'open sesame') },
      ],
    ] as const;
    for (const [id, custom] of values)
      await sql(portal, 'update users set custom = $2 where id = $1', [id, JSON.stringify(custom)]);
    await merge(portal, tenant, ada.id, bob.id);
    const custom = (await userRow(portal, ada.id))['custom'] as Record<string, string>;
    expect(custom).to.include({ [shoe.code]: '38', [pet.code]: 'Rex' });
    expect(unsealValue(keys, ada.id, code, custom[code.code]!)).to.equal('open sesame');
    const { changes } = (await findEventsOf(portal, ada.id)).at(-1)!;
    expect(JSON.stringify(changes)).not.to.include('sesame');
    const index = await sql(portal, 'select 1 from custom_field_values_index where entity_id = $1', [bob.id]);
    expect(index).to.eql([]);
  });

  it('cancels a second open request to change the name', async () => {
    for (const { id } of [ada, bob])
      await sql(
        portal,
        `insert into requests (tenant_id, id, kind, user_id, first_name, status) values ($1, gen_random_uuid(), 'name_change', $2, 'X', 'requested')`,
        [tenant.id, id],
      );
    await merge(portal, tenant, ada.id, bob.id);
    const requests = await sql(portal, 'select status from requests where user_id = $1 order by status', [
      ada.id,
    ]);
    expect(requests).to.eql([{ status: 'cancelled' }, { status: 'requested' }]);
  });

  it('records what has moved, and keeps the old id in the audit log', async () => {
    await sql(portal, `update users set phone = null where id = $1`, [ada.id]);
    await sql(portal, `update users set phone = '+44 20 7946 0001' where id = $1`, [bob.id]);
    await merge(portal, tenant, ada.id, bob.id);
    const event = (await findEventsOf(portal, ada.id)).at(-1)!;
    expect(event.event).to.equal('user.merged');
    expect(event.changes).to.deep.include({
      merged_user: bob.name,
      email: [bob.email, ada.email],
      phone: [null, '+44 20 7946 0001'],
    });
  });

  it('follows a chain of merges', async () => {
    const eve = await createCustomer(portal, tenant);
    await merge(portal, tenant, ada.id, bob.id);
    await merge(portal, tenant, eve.id, ada.id);
    expect([await survivorOf(bob.id), await survivorOf(ada.id)]).to.eql([eve.id, eve.id]);
  });

  it('merges once when two users are merged at the same time, also into each other', async () => {
    const results = await Promise.allSettled([
      merge(portal, tenant, ada.id, bob.id),
      merge(portal, tenant, ada.id, bob.id),
      merge(portal, tenant, bob.id, ada.id),
    ]);
    const ids = await sql<{ id: string }>(portal, 'select id from users where id = any($1)', [
      [ada.id, bob.id],
    ]);
    expect(ids).to.have.length(1);
    const merged = results.filter(
      (result) => result.status === 'fulfilled' && result.value.ok && result.value.other !== null,
    );
    expect(merged).to.have.length(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).to.be.instanceOf(NotFound);
  });

  it('returns the user into whom the other was merged already', async () => {
    await merge(portal, tenant, ada.id, bob.id);
    const again = await merge(portal, tenant, ada.id, bob.id);
    expect(again).to.deep.include({ ok: true, other: null });
    expect(await findAuditEvents(portal, tenant, 'user.merged')).to.satisfy(
      (events: { changes: Record<string, unknown> }[]) =>
        events.filter(({ changes }) => changes['merged_user'] === bob.name).length === 1,
    );
  });

  it('refuses to merge a user with themselves, and a user who was changed meanwhile', async () => {
    expect(await merge(portal, tenant, ada.id, ada.id)).to.have.nested.property(
      'errors[0].code',
      'merge_with_oneself',
    );
    await sql(portal, 'update users set version = 7 where id = $1', [bob.id]);
    const stale = await inTenant(portal.database, tenant.id, (db) =>
      mergeUsers(db, systemActor('Tests'), {
        id: ada.id,
        values: { other_id: bob.id, version: 1, other_version: 1 },
        secretKeys: [],
      }),
    );
    expect(stale).to.have.nested.property('errors[0].code', 'merge_users_changed');
  });

  it('finds no staff and no users of another tenant', async () => {
    const staff = await createStaff(portal, tenant);
    const foreign = await createCustomer(portal, await createTenant(portal));
    for (const [id, other] of [
      [ada.id, staff.id],
      [staff.id, ada.id],
      [ada.id, foreign.id],
      [foreign.id, ada.id],
    ] as const) {
      const error: unknown = await merge(portal, tenant, id, other).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(NotFound);
    }
  });

  it('is forbidden to restricted staff', async () => {
    const viewer = { id: null, scope: { kind: 'restricted', company_ids: [], site_ids: [] } } as const;
    const error: unknown = await inTenant(
      portal.database,
      tenant.id,
      (db) =>
        mergeUsers(db, systemActor('Tests'), {
          id: ada.id,
          values: { other_id: bob.id, version: 1, other_version: 1 },
          secretKeys: [],
        }),
      viewer,
    ).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(Forbidden);
  });

  it('lets the personal data of both be erased', async () => {
    await inTenant(portal.database, tenant.id, async (db) => {
      recordAudit(db, systemActor('Tests'), {
        event: 'user.updated',
        target: { type: 'user', id: bob.id, name: bob.name },
        changes: { email: ['old@bob.example', bob.email] },
      });
    });
    await merge(portal, tenant, ada.id, bob.id);
    await asPlatform(portal.database, (db) =>
      eraseAuditPersonalData(db, systemActor('Tests'), tenant.id, ada.id),
    );
    const events = await sql<{ target_name: string | null; changes: Record<string, unknown> }>(
      portal,
      'select target_name, changes from audit_events where target_id = any($1)',
      [[ada.id, bob.id]],
    );
    expect(events).to.have.length.greaterThan(2);
    expect(JSON.stringify(events)).not.to.include(bob.name).and.not.to.include('bob.example');
  });
});
