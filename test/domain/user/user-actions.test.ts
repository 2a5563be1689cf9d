import { expect } from 'chai';
import { inTenant } from '../../../src/database/in-tenant.ts';
import type { TenantDb } from '../../../src/database/tenant-db.ts';
import { systemActor } from '../../../src/domain/actor.ts';
import { recordAudits } from '../../../src/domain/audit/record-audit.ts';
import { listCustomFields } from '../../../src/domain/custom-field/custom-field-queries.ts';
import { storeCustomValues } from '../../../src/domain/custom-field/store-values.ts';
import { insertMemberships } from '../../../src/domain/membership/membership-actions.ts';
import { parseEmailAddress, type EmailAddress } from '../../../src/domain/text/email-address.ts';
import { insertUsers, type NewUser } from '../../../src/domain/user/user-actions.ts';
import { userTarget } from '../../../src/domain/user/user.ts';
import { StatementCounter } from '../../support/count-statements.ts';
import {
  createCompany,
  createCustomer,
  createCustomField,
  createStaff,
  createTenant,
  type TestTenant,
} from '../../support/factories.ts';
import { roleId } from '../../support/rows.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';

describe('insertUsers', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let counter: StatementCounter;

  before(async () => {
    portal = await sharedPortal();
    counter = new StatementCounter(portal.database.app);
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
  });

  const addressOf = (text: string): EmailAddress => parseEmailAddress(text)!;
  const customer = (email: EmailAddress): NewUser => ({
    audience: 'customer',
    is_private_customer: true,
    email,
    first_name: 'Ada',
    last_name: 'O\'Neil {"x"}',
    phone: '+44 20 7946 0000',
  });
  const numbered = (count: number) =>
    Array.from({ length: count }, (_, n) => customer(addressOf(`user${n}@north.example`)));
  const runInTenant = <Result>(work: (db: TenantDb) => Promise<Result>) =>
    inTenant(portal.database, tenant.id, work);
  const inserts = (table: string) =>
    counter.counted.statements.filter((text) => new RegExp(`insert into "?${table}\\b`).test(text));
  const count = async (table: string, condition: string) =>
    (
      await portal.owner.query<{ count: number }>(
        `select count(*)::int as count from ${table} where tenant_id = $1 and ${condition}`,
        [tenant.id],
      )
    ).rows[0]!.count;

  it('inserts 2,500 users with memberships, roles, custom fields and audit events in 3 statements for each table', async () => {
    const company = await createCompany(portal, tenant);
    const roles = [{ id: await roleId(portal, tenant, 'customer', 'accounts_payable') }];
    const field = await createCustomField(portal, tenant, { is_searchable: true });
    counter.start();
    const users = numbered(2500);
    await runInTenant(async (db) => {
      const ids = (await insertUsers(db, users)).map((id) => id!);
      await insertMemberships(
        db,
        ids.map((user_id) => ({ company_id: company.id, user_id, roles })),
      );
      storeCustomValues(
        db,
        'user',
        await listCustomFields(db, 'user'),
        ids.map((id) => ({ id, values: { [field.code]: 'Gate 4' } })),
      );
      recordAudits(
        db,
        systemActor('Import'),
        ids.map((id, n) => ({
          event: 'user.created',
          target: userTarget({ id, name: 'Ada', email: users[n]!.email }),
        })),
      );
    });
    for (const table of ['users', 'memberships', 'role_assignments', 'audit_events'])
      expect(inserts(table), table).to.have.length(3);
    expect(await count('users', "audience = 'customer'")).to.equal(2500);
    expect(await count('memberships', 'true')).to.equal(2500);
    expect(await count('role_assignments', 'company_id is not null')).to.equal(2500);
    expect(await count('users', `custom = '{"${field.code}": "Gate 4"}'`)).to.equal(2500);
    expect(await count('custom_field_values_index', "value_norm = 'gate 4'")).to.equal(2500);
    expect(await count('audit_events', "event = 'user.created' and actor_name = 'Import'")).to.equal(2500);
  });

  it('returns an id for each inserted row, and undefined for a stored and for a repeated address', async () => {
    const stored = await createCustomer(portal, tenant);
    const other = await createCustomer(portal, await createTenant(portal));
    const staff = await createStaff(portal, tenant);
    const emails = ['a@b.example', stored.email, 'A@B.example', other.email, staff.email].map(addressOf);
    const ids = await runInTenant((db) => insertUsers(db, emails.map(customer)));
    expect(ids.map((id) => id !== undefined)).to.deep.equal([true, false, false, true, true]);
    const { rows } = await portal.owner.query(
      'select email, first_name, last_name, phone from users where id = $1',
      [ids[0]],
    );
    const { first_name, last_name, phone } = customer(emails[0]!);
    expect(rows).to.deep.equal([{ email: 'a@b.example', first_name, last_name, phone }]);
  });

  it('reports an address of an earlier batch', async () => {
    const ids = await runInTenant((db) => insertUsers(db, [...numbered(1001), ...numbered(1)]));
    expect(ids.indexOf(undefined)).to.equal(1001);
    expect(ids.filter((id) => id === undefined)).to.have.length(1);
  });

  it('sends no statement for no users', async () => {
    counter.start();
    expect(await runInTenant((db) => insertUsers(db, []))).to.deep.equal([]);
    expect(inserts('users')).to.deep.equal([]);
  });
});

describe('insertMemberships', () => {
  let portal: TestPortal;
  before(async () => {
    portal = await sharedPortal();
  });

  it('returns which memberships are new and keeps the roles of the others', async () => {
    const tenant = await createTenant(portal);
    const company = await createCompany(portal, tenant);
    const member = await createCustomer(portal, tenant, { company, roles: ['view_only'] });
    const customer = await createCustomer(portal, tenant);
    const roles = [{ id: await roleId(portal, tenant, 'customer', 'accounts_payable') }];
    const rows = [member, customer, customer].map(({ id }) => ({
      company_id: company.id,
      user_id: id,
      roles,
    }));
    const isNew = await inTenant(portal.database, tenant.id, (db) => insertMemberships(db, rows));
    expect(isNew).to.deep.equal([false, true, false]);
    const assigned = await portal.owner.query(
      `select a.user_id, r.code from role_assignments a join roles r on r.tenant_id = a.tenant_id and r.id = a.role_id
       where a.tenant_id = $1 and a.company_id is not null order by r.code`,
      [tenant.id],
    );
    expect(assigned.rows).to.deep.equal([
      { user_id: customer.id, code: 'accounts_payable' },
      { user_id: member.id, code: 'view_only' },
    ]);
  });
});
