import { expect } from 'chai';
import pg from 'pg';
import { hasValidPersonalData, type PersonalData } from '../../src/domain/audit/personal-data.ts';
import { tokenLifetimes } from '../../src/domain/token/one-time-token.ts';
import { createAuditPartitions, sealAudit } from '../../src/tasks/seal-audit.ts';
import { backfills } from '../../src/tasks/backfills.ts';
import { purgeExpired } from '../../src/tasks/purge-expired.ts';
import { deliverDueEvents } from '../../src/tasks/sandbox-worker.ts';
import { runDueTasks } from '../../src/tasks/task-worker.ts';
import { createLog } from '../../src/log.ts';
import { signedInOperator } from '../platform/operator.ts';
import { StatementCounter } from '../support/count-statements.ts';
import { createCustomer, createCustomField, createTenant, signIn } from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { receiveEmail, sql } from '../support/rows.ts';
import { queueTestTask } from '../support/tasks.ts';
import { skipBecause } from '../support/skip.ts';
import { Visitor } from '../support/visitor.ts';
import { AuditChecker } from './audit-checker.ts';
import { pressEveryButton } from './crawler.ts';
import { countParameters, fillParameters, isGet, portalRoutes, type PortalName } from './routes.ts';
import { listAllRefusedForms } from './refused-forms.ts';
import { findIdsOfPage, type IdsByTable } from './page-ids.ts';
import { listIds, pathsOfFiles, seedTenant, type SeededTenant } from './seed-tenant.ts';
import {
  createShardedCopy,
  crossShardTables,
  isPlannable,
  listCrossShardTables,
  readScannedShards,
} from './sharded-copy.ts';

/** The statements of app_platform that read the rows of all tenants at once, by their reason. */
const CROSS_SHARD_STATEMENTS: Record<string, RegExp> = {
  'the mail worker looks for tenants with due mail':
    /: select "emails"\."tenant_id" from "emails" where "due_at" <=/,
  'the task worker looks for tenants with due tasks':
    /: select "tasks"\."tenant_id" from "tasks" where "due_at" <=/,
  'the worker of the sandbox looks for tenants with due events':
    /: select "sandbox_events"\."tenant_id" from "sandbox_events" where "due_at" <=/,
  'the console counts the users of the listed tenants':
    /: \(select \$1::uuid as id, \(select count\(\*\)::int from \(select 1 from "users" where "tenant_id" = \$2 .* union all/,
  'the purge looks for tenants with expired rows':
    /: select distinct "tenant_id" from "(sessions|one_time_tokens|login_sessions|form_keys|logos|tasks|import_rows|sandbox_\w+)" where/,
  'the audit task looks for tenants with unsealed events':
    /: select t\.tenant_id, exists \( select from audit_events/,
};

describe('pressing every button of every page', () => {
  let portal: OwnPortal;
  let tenant: SeededTenant;
  let counters: Record<'web' | 'worker' | 'platform', StatementCounter>;
  let audit: AuditChecker;
  let ids: IdsByTable;
  const idsOfPages = new Map<string, string[]>();

  before(async () => {
    portal = await startPortal();
    tenant = await seedTenant(portal, 'Alpha');
    // The console lists several tenants, because a few may have one shard.
    for (let n = 0; n < 5; n++) await createTenant(portal);
    const { database, workerDatabase } = portal;
    counters = {
      web: new StatementCounter(database.app),
      worker: new StatementCounter(workerDatabase.app),
      platform: new StatementCounter(database.platform, workerDatabase.platform),
    };
    audit = new AuditChecker(portal);
    // The buttons that move a field change rows only when there are two fields.
    await createCustomField(portal, tenant);
    await createCustomer(portal, tenant, { access: 'invited', company: tenant.company });
    ids = { ...(await listIds(portal, tenant, 1)), template: ['accountActivation'] };
  });
  after(() => portal.close());

  it('causes no server error as staff', async function () {
    this.timeout(120_000);
    const staff = await signIn(portal, tenant.operations, tenant.staff);
    const errors: string[] = [];
    for (const pattern of listPages('operations')) {
      for (const path of await fillWithIds(staff, 'operations', pattern))
        errors.push(...(await press(staff, path)));
    }
    expect(errors).to.eql([]);
    await expectSignedIn(staff, '/users');
  });

  it('causes no server error as a customer', async function () {
    this.timeout(120_000);
    const person = await createCustomer(portal, tenant, { company: tenant.company, email_verified_at: null });
    const customer = await signIn(portal, tenant.account, person);
    const errors: string[] = [];
    for (const pattern of listPages('account')) {
      for (const path of await fillWithIds(customer, 'account', pattern))
        errors.push(...(await press(customer, path)));
    }
    expect(errors).to.eql([]);
    await expectSignedIn(customer, '/account');
  });

  it('causes no server error behind mailed links', async function () {
    this.timeout(120_000);
    await mailLinks();
    const links = portal.mailbox.messages.map(({ link }) => link).filter((link) => link.includes('token='));
    const errors: string[] = [];
    for (const link of links) {
      const visitor = new Visitor(portal, new URL(link).host);
      errors.push(...(await press(visitor, (await visitor.visit(link)).url)));
    }
    expect(errors).to.eql([]);
    const used = await sql<{ purpose: string }>(
      portal,
      'select distinct purpose from one_time_tokens where used_at is not null',
    );
    // An activation code is handed over on paper.
    const mailed = Object.keys(tokenLifetimes).filter((purpose) => purpose !== 'activation_code');
    expect(used.map(({ purpose }) => purpose)).to.have.members(mailed);
  });

  it('causes no server error as an operator', async () => {
    const operator = await signedInOperator(portal);
    const errors: string[] = [];
    for (const pattern of listPages('platform'))
      errors.push(...(await press(operator, fillParameters(pattern, [tenant.id]))));
    expect(errors).to.eql([]);
    await expectSignedIn(operator, '/tenants');
  });

  it('leaves an audit event for every accepted POST that changes rows', () => {
    expect(audit.unaudited).to.eql([]);
    expect(audit.audited).to.be.greaterThan(40);
  });

  it('leaves audit events whose digests cover their personal data', async () => {
    const { rows } = await portal.owner.query<PersonalData & { event: string }>('select * from audit_events');
    expect(rows.filter((row) => !hasValidPersonalData(row)).map(({ event }) => event)).to.eql([]);
    expect(rows.length).to.be.greaterThan(40);
  });

  it('leaves data that the workers and the schedules process without an error', async function () {
    const now = new Date();
    if (now.getUTCDate() === 1 && now.getUTCHours() === 0)
      skipBecause(this, 'the partitions begin with the month, and events are moved back by ten minutes');
    await portal.runMail();
    for (const name of Object.keys(backfills)) await queueTestTask(portal, tenant, tenant.staff.id, name);
    const deps = { database: portal.workerDatabase, config: portal.config, log: createLog('silent') };
    await runDueTasks(deps);
    await deliverDueEvents({ ...deps, port: portal.port });
    const unfinished = "select kind, input, state, error from tasks where state not in ('done', 'cancelled')";
    expect((await portal.owner.query(unfinished)).rows).to.eql([]);
    // The sealing task skips events of the last minutes.
    await portal.owner.query(`
      update audit_events set at = at - interval '10 minutes';
      update form_keys set created_at = created_at - interval '2 days';
      update one_time_tokens set expires_at = expires_at - interval '60 days';
      update login_sessions set expires_at = expires_at - interval '60 days';
      update tasks set finished_at = finished_at - interval '60 days'`);
    for (const schedule of [purgeExpired, sealAudit, createAuditPartitions])
      await schedule.run(deps, () => false);
    const { rows } = await portal.owner.query("select 1 from audit_seals where root <> '\\x00'");
    expect(rows).not.to.eql([]);
    expect((await portal.owner.query('select from form_keys')).rowCount).to.equal(0);
  });

  describe('sends statements that, on a copy of the database sharded by tenant,', () => {
    let client: pg.Client;
    before(async () => {
      client = new pg.Client({ connectionString: portal.urls.superuser });
      await client.connect();
      await createShardedCopy(client);
    });
    after(() => client.end());

    const readScans = async ({ sent }: StatementCounter) => {
      const crossShard: string[] = [];
      let scans = 0;
      for (const statement of [...sent.values()].filter(isPlannable)) {
        const scanned = await readScannedShards(client, statement);
        scans += scanned.size;
        const tables = crossShardTables(scanned);
        if (tables.length > 0) crossShard.push(`${tables.join(', ')}: ${statement.text}`);
      }
      return { scans, crossShard };
    };

    for (const name of ['web', 'worker'] as const) {
      it(`scan at most one shard of each table in the ${name} process`, async () => {
        const { scans, crossShard } = await readScans(counters[name]);
        expect(scans).to.be.greaterThan(name === 'web' ? 100 : 5);
        expect(crossShard).to.eql([]);
      });
    }

    for (const name of ['web', 'worker', 'platform'] as const) {
      it(`have no form that Citus refuses, those of ${name}`, async () => {
        expect(await listAllRefusedForms(client, counters[name].sent.values())).to.eql([]);
      });
    }

    it('scan several shards in the console and the schedules only where listed', async () => {
      const { crossShard: found } = await readScans(counters.platform);
      const matches = (pattern: RegExp) => found.some((text) => pattern.test(text));
      const patterns = Object.values(CROSS_SHARD_STATEMENTS);
      expect(found.filter((text) => !patterns.some((pattern) => pattern.test(text)))).to.eql([]);
      expect(patterns.filter((pattern) => !matches(pattern))).to.eql([]);
    });

    it('are reported when they do not name the tenant', async () => {
      const text = 'select u.id from users u join memberships m on m.user_id = u.id where u.id = $1';
      const tables = await listCrossShardTables(client, { text, values: [tenant.staff.id] });
      expect(tables).to.have.members(['users (8 shards)', 'memberships (8 shards)']);
    });
  });

  /** The links of the other tests have been revoked or replaced. */
  async function mailLinks(): Promise<void> {
    const invited = await createCustomer(portal, tenant, { access: 'invited', password: null });
    await receiveEmail(portal, tenant, invited, 'accountInvitation');
    for (const template of ['setPassword', 'resetPassword', 'verifyEmail'] as const) {
      const customer = await createCustomer(portal, tenant, { email_verified_at: null });
      await receiveEmail(portal, tenant, customer, template);
    }
    const person = await createCustomer(portal, tenant);
    const pending = `next.${person.email}`;
    await sql(portal, 'update users set pending_email = $2 where id = $1', [person.id, pending]);
    const purpose = { purpose: 'change_email' };
    await receiveEmail(portal, tenant, { id: person.id, email: pending }, 'verifyEmail', purpose);
  }

  function press(visitor: Visitor, path: string): Promise<string[]> {
    return pressEveryButton(visitor, path, (label, send) => audit.submit(label, send));
  }

  /** With the ids of the rows that exist. The first of two ids is that of the company. */
  async function fillWithIds(visitor: Visitor, name: PortalName, pattern: string): Promise<string[]> {
    if (countParameters(pattern) === 0) return [pattern];
    if (pattern.includes(':field_id')) return findFilePages(visitor, pattern);
    const found = await findIds(visitor, rowPageOf(name, pattern));
    if (countParameters(pattern) === 1) expect(found, pattern).not.to.eql([]);
    return found.map((id) => fillParameters(withCompany(pattern), [id]));
  }

  function withCompany(pattern: string): string {
    return countParameters(pattern) > 1 ? pattern.replace(/:\w+/, tenant.company.id) : pattern;
  }

  /** The first that exist. */
  async function findFilePages(visitor: Visitor, pattern: string): Promise<string[]> {
    const found: string[] = [];
    for (const path of pathsOfFiles(pattern, tenant, ids)) {
      if (found.length < 2 && (await visitor.get(path)).status !== 404) found.push(path);
    }
    return found;
  }

  async function findIds(visitor: Visitor, rowPage: string): Promise<string[]> {
    let found = idsOfPages.get(rowPage);
    if (!found) {
      const exists = async (path: string) => (await visitor.get(path)).status !== 404;
      found = await findIdsOfPage(withCompany(rowPage), ids, exists);
      idsOfPages.set(rowPage, found);
    }
    return found;
  }
});

/** `/users/:id` of `/users/:id/edit`, whose other pages do not find what it does not find; the page itself if there is none. */
function rowPageOf(name: PortalName, pattern: string): string {
  const rowPage = /^.*\/:\w+/.exec(pattern)![0];
  return portalRoutes[name].some((route) => isGet(route) && route.path === rowPage) ? rowPage : pattern;
}

/** A crawler that was logged out has pressed only the buttons of the login page. */
async function expectSignedIn(visitor: Visitor, path: string): Promise<void> {
  expect((await visitor.visit(path)).path).to.equal(path);
}

/** The pages of a portal, those with destructive buttons last. */
function listPages(name: PortalName): string[] {
  return portalRoutes[name]
    .filter(isGet)
    .map(({ path }) => path)
    .filter((path) => !isEmailHtml(path))
    .sort(destructiveLast);
}

function isEmailHtml(path: string): boolean {
  return path.endsWith('/html');
}

function destructiveLast(a: string, b: string): number {
  return destructiveness(a) - destructiveness(b);
}

function destructiveness(path: string): number {
  return (
    Number(/deactivation|removal|revocation|suspension/.test(path)) + Number(/password|security/.test(path))
  );
}
