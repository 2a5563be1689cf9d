import { expect } from 'chai';
import { asPlatform } from '../../../src/database/as-platform.ts';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { openDatabase, type Database } from '../../../src/database/pools.ts';
import { systemActor } from '../../../src/domain/actor.ts';
import { verifyPassword } from '../../../src/domain/password/hash-password.ts';
import { parseValues } from '../../../src/domain/form/parse-values.ts';
import {
  createTenant,
  newTenantSchema,
  type TenantOptions,
} from '../../../src/domain/tenant/create-tenant.ts';
import { findTokenUser } from '../../../src/domain/token/one-time-token.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

const actor = systemActor('The test');
const valid = { name: 'North Storage', slug: 'north', admin_email: 'owner@north.example' };

describe('createTenant', () => {
  let test: TestDatabase;
  let database: Database;
  before(async () => {
    test = await createTestDatabase();
    database = await openDatabase({ appUrl: test.urls.app, platformUrl: test.urls.platform });
  });
  after(async () => {
    await database.close();
    await test.drop();
  });

  const create = (input: object, options?: TenantOptions) =>
    asPlatform(database, async (db) => {
      const parsed = parseValues(newTenantSchema, { ...valid, ...input });
      return parsed.ok ? createTenant(db, actor, parsed.values, options) : parsed;
    });
  const created = async (slug: string, options?: TenantOptions, input: object = {}) => {
    const result = await create({ slug, ...input }, options);
    if (!result.ok) throw new Error(JSON.stringify(result.errors));
    return result;
  };
  const rows = async <Row>(sql: string, values: unknown[] = []) =>
    (await database.platform.query(sql, values)).rows as Row[];

  it('creates the built-in roles, terms, the company counter and a first Manager', async () => {
    const { tenant, manager } = await created('complete');
    const [counts] = await rows<Record<string, number>>(
      `select (select count(*)::int from roles where tenant_id = $1 and is_built_in) as roles,
              (select count(*)::int from role_permissions where tenant_id = $1) as stored_permissions,
              (select number from terms_versions where tenant_id = $1) as terms,
              (select next::int from counters where tenant_id = $1 and kind = 'company') as company`,
      [tenant.id],
    );
    expect(counts).to.deep.equal({ roles: 8, stored_permissions: 0, terms: 1, company: 1 });

    const assigned = await rows(
      `select u.email, u.audience, r.code from role_assignments a
       join users u on u.tenant_id = a.tenant_id and u.id = a.user_id
       join roles r on r.tenant_id = a.tenant_id and r.id = a.role_id where a.tenant_id = $1`,
      [tenant.id],
    );
    expect(assigned).to.deep.equal([{ email: manager.email, audience: 'staff', code: 'manager' }]);
  });

  it('records the creation in the audit log of the tenant and in the platform events', async () => {
    const { tenant } = await created('traced');
    const audit = await rows(`select event from audit_events where tenant_id = $1 order by event`, [
      tenant.id,
    ]);
    expect(audit).to.deep.equal([{ event: 'tenant.created' }, { event: 'user.created' }]);
    const platform = await rows(`select event, operator_name from platform_events where tenant_id = $1`, [
      tenant.id,
    ]);
    expect(platform).to.deep.equal([{ event: 'tenant.created', operator_name: 'The test' }]);
  });

  it('returns a set-password token that is valid for 24 hours', async () => {
    const { tenant, manager, set_password_token } = await created('linked');
    const link = await inTenant(database, tenant.id, (db) =>
      findTokenUser(db, set_password_token ?? '', 'set_password').then((user) => user),
    );
    expect(link?.email).to.equal(manager.email);
    const hours = (link!.token_expires_at.getTime() - Date.now()) / 3_600_000;
    expect(hours).to.be.within(23.9, 24);
  });

  it('sets a given password and returns no token', async () => {
    const { tenant, set_password_token } = await created('given', { password: 'seven brave otters swim' });
    expect(set_password_token).to.equal(null);
    const [manager] = await rows<{ access: string; password_hash: string }>(
      `select access, password_hash from users where tenant_id = $1`,
      [tenant.id],
    );
    expect(manager!.access).to.equal('active');
    expect(await verifyPassword(manager!.password_hash, 'seven brave otters swim')).to.equal(true);
  });

  it('starts with the name and the address of the first Manager as contact', async () => {
    const { tenant } = await created('owned', {}, { admin_name: 'Ada  King of Bay' });
    expect(
      await rows(
        `select u.first_name, u.last_name, u.name, t.contact_email = u.email as is_contact
         from users u join tenants t on t.id = u.tenant_id where t.id = $1`,
        [tenant.id],
      ),
    ).to.eql([{ first_name: 'Ada King of', last_name: 'Bay', name: 'Ada King of Bay', is_contact: true }]);
  });

  it('publishes the default terms in the language of the tenant', async () => {
    const { tenant } = await created('arabic', { locale: 'ar', time_zone: 'Asia/Riyadh', currency: 'SAR' });
    const [terms] = await rows<{ body: string }>(`select body from terms_versions where tenant_id = $1`, [
      tenant.id,
    ]);
    expect(terms!.body).to.match(/^1\. موضوع/);
  });

  it('returns field errors for invalid input and creates nothing', async () => {
    const before = await rows(`select id from tenants`);
    const errorsOf = async (input: object, options?: TenantOptions) => {
      const result = await create(input, options);
      return result.ok ? [] : result.errors.map(({ field, code }) => `${field}.${code}`);
    };
    for (const slug of [
      'a',
      'a'.repeat(41),
      '-a',
      'a-',
      'a--b',
      'a.b',
      'a b',
      'xn--80ak6aa92e',
      'аcme',
      'acmé',
    ]) {
      expect(await errorsOf({ slug }), slug).to.deep.equal(['slug.invalid_slug']);
    }
    for (const slug of ['www', 'API', 'operations', 'login', ' admin ']) {
      expect(await errorsOf({ slug }), slug).to.deep.equal(['slug.reserved_slug']);
    }
    expect(await errorsOf({ slug: '' })).to.deep.equal(['slug.required']);
    expect(await errorsOf({ name: ' ' })).to.deep.equal(['name.required']);
    const twoAddresses = { admin_email: 'a@b.example,c@d.example' };
    expect(await errorsOf(twoAddresses)).to.deep.equal(['admin_email.invalid_email']);
    const shortPassword = await errorsOf({ slug: 'short' }, { password: 'fourteen chars' });
    expect(shortPassword).to.deep.equal(['password.password_too_short']);
    expect(await rows(`select id from tenants`)).to.have.length(before.length);
  });

  it('creates one tenant when three concurrent calls use the same subdomain', async () => {
    const results = await Promise.all([
      create({ slug: 'once' }),
      create({ slug: 'once' }),
      create({ slug: 'ONCE' }),
    ]);
    expect(results.filter((result) => result.ok)).to.have.length(1);
    const refused = results.find((result) => !result.ok);
    expect(refused).to.deep.include({ errors: [{ field: 'slug', code: 'slug_taken' }] });
  });
});
