import { expect } from 'chai';
import { demoLogins, seedDemo } from '../../seeds/demo.ts';
import { demoTenants } from '../../seeds/demo/tenants.ts';
import { readConfig } from '../../src/config.ts';
import { openDatabase, type Database } from '../../src/database/pools.ts';
import { verifyPassword } from '../../src/domain/password/hash-password.ts';
import { checkPassword, passwordMinLength } from '../../src/domain/password/password.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const config = readConfig({ SECRET_KEYS: 'a secret of the tests that is long enough' });

describe('seedDemo', () => {
  let test: TestDatabase;
  let database: Database;
  before(async () => {
    test = await createTestDatabase();
    database = await openDatabase({ appUrl: test.urls.app, platformUrl: test.urls.platform });
    expect(await seedDemo(database, config)).to.equal(true);
  });
  after(async () => {
    await database.close();
    await test.drop();
  });

  const rows = async <Row>(sql: string, values: unknown[] = []) =>
    (await database.platform.query(sql, values)).rows as Row[];
  const texts = async (sql: string) => (await rows<{ text: string }>(sql)).map(({ text }) => text);

  it('creates two tenants of different language, brand and currency', async () => {
    const tenants = await rows(
      `select slug, locale, time_zone, currency, (select count(*)::int from companies c where c.tenant_id = t.id) companies
       from tenants t order by slug`,
    );
    expect(tenants).to.deep.equal([
      { slug: 'acme', locale: 'en-GB', time_zone: 'Europe/London', currency: 'GBP', companies: 12 },
      { slug: 'najd', locale: 'ar', time_zone: 'Asia/Riyadh', currency: 'SAR', companies: 30 },
    ]);
    expect(new Set(await texts(`select brand->>'color' as text from tenants`)).size).to.equal(2);
  });

  it('creates users in every state and role in each tenant', async () => {
    for (const { slug } of demoTenants) {
      const [counts] = await rows<Record<string, number>>(
        `select count(*) filter (where access = 'no_access')::int no_access,
           count(*) filter (where access = 'invited' and access_expires_at > now())::int invited,
           count(*) filter (where access = 'invited' and access_expires_at < now())::int expired,
           count(*) filter (where access = 'opened')::int opened,
           count(*) filter (where access = 'bounced')::int bounced,
           count(*) filter (where access = 'active' and u.status = 'enabled')::int active,
           count(*) filter (where access = 'revoked')::int revoked,
           count(*) filter (where u.status = 'disabled')::int disabled,
           count(*) filter (where access = 'active' and email_verified_at is null)::int not_verified,
           count(*) filter (where u.name = '')::int nameless
         from users u join tenants t on t.id = u.tenant_id where t.slug = $1 and u.audience = 'customer'`,
        [slug],
      );
      for (const [state, count] of Object.entries(counts!))
        expect(count, `${slug} ${state}`).to.be.greaterThan(1);
      const roles = await texts(
        `select distinct r.code as text from role_assignments a
         join roles r on r.tenant_id = a.tenant_id and r.id = a.role_id join tenants t on t.id = a.tenant_id
         where t.slug = '${slug}' order by 1`,
      );
      expect(roles).to.have.length(8);
    }
    const [people] = await rows<{ n: number }>('select count(*)::int n from users');
    expect(people!.n).to.be.within(300, 600);
  });

  it('creates users with two companies and users without a company', async () => {
    const [counts] = await rows<{ two: number; none: number }>(
      `select (select count(*)::int from (select user_id from memberships group by 1 having count(*) = 2) x) two,
         (select count(*)::int from users u join tenants t on t.id = u.tenant_id where t.slug = 'acme'
           and u.audience = 'customer' and not exists (select from memberships m where m.user_id = u.id)) none`,
    );
    expect(counts!.two).to.be.greaterThan(4);
    expect(counts!.none).to.be.greaterThan(50);
  });

  it('creates emails in every state, with content if accepted and with masked links', async () => {
    const states = ['accepted', 'deferred', 'expired', 'failed', 'queued', 'suppressed'];
    expect(await texts('select distinct state as text from emails order by 1')).to.deep.equal(states);
    const empty = await texts(
      `select id as text from emails where state = 'accepted' and (text is null or subject is null)`,
    );
    expect(empty).to.deep.equal([]);
    expect(
      await texts(`select id as text from emails where html like '%token=%' and html not like '%token=•%'`),
    ).to.deep.equal([]);
  });

  it('dates logins after the creation of the user and the first password', async () => {
    expect(
      await texts(
        'select id::text as text from users where last_login_at < created_at or last_login_at > now()',
      ),
    ).to.deep.equal([]);
    const early = await texts(
      `select l.id::text as text from audit_events l
       join audit_events p on p.tenant_id = l.tenant_id and p.actor_id = l.actor_id and p.event = 'user.password_set'
       where l.event = 'user.logged_in' and l.at < p.at`,
    );
    expect(early).to.deep.equal([]);
  });

  it('creates more than 20 audit events and none with a future date', async () => {
    const [log] = await rows<{ n: number; late: number }>(
      'select count(*)::int n, count(*) filter (where at > now())::int late from audit_events',
    );
    expect(log!.n).to.be.greaterThan(20);
    expect(log!.late).to.equal(0);
  });

  it('uses reserved email domains only', async () => {
    const domains = await texts(
      `select distinct split_part(email, '@', 2) as text from users where email is not null`,
    );
    for (const domain of domains) expect(domain).to.match(/(^|\.)example(\.(com|net|org))?$/);
  });

  it('succeeds on the first day of a month', async () => {
    const fresh = await createTestDatabase();
    const other = await openDatabase({ appUrl: fresh.urls.app, platformUrl: fresh.urls.platform });
    const now = new Date();
    const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1, 0, 0, 2));
    expect(await seedDemo(other, config, first)).to.equal(true);
    await other.close();
    await fresh.drop();
  });

  it('stores the passwords of demoLogins, which comply with the password policy', async () => {
    const verified = new Map<string, boolean>();
    for (const login of demoLogins) {
      const { tenant, email, password, portal } = login;
      const known = { user: [email, `${login.first_name} ${login.last_name}`], companies: [] };
      const names = tenant ? { ...known, tenant: { name: tenant, slug: tenant } } : known;
      const minimum = passwordMinLength(portal === 'account' ? 'customer' : 'staff', 12);
      expect(await checkPassword(password, minimum, names), email).to.equal(null);
      const [person] = await rows<{ password_hash: string }>(
        tenant
          ? `select password_hash from users where email = $1 and status = 'enabled' and access = 'active'`
          : `select password_hash from platform_operators where email = $1`,
        [email],
      );
      const hash = person!.password_hash;
      if (!verified.has(hash)) verified.set(hash, await verifyPassword(hash, password));
      expect(verified.get(hash), email).to.equal(true);
    }
  });

  it('changes nothing when a tenant exists', async () => {
    const count = () => rows('select count(*) from users');
    const before = await count();
    expect(await seedDemo(database, config)).to.equal(false);
    expect(await count()).to.deep.equal(before);
  });

  it('throws in production', async () => {
    const refusal = await seedDemo(database, { ...config, production: true }).catch(
      (error: unknown) => error,
    );
    expect(refusal).to.be.instanceOf(Error);
  });
});
