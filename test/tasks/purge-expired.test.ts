import { expect } from 'chai';
import { purgeExpired } from '../../src/tasks/purge-expired.ts';
import { createCustomer, createStaff, createTenant, signIn } from '../support/factories.ts';
import { createSandbox, newKey } from '../support/gateway.ts';
import {
  findImportRow,
  insertImport,
  listImportRows,
  queueCheck,
  runImports,
} from '../support/import-tasks.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { createLog } from '../../src/log.ts';

describe('purgeExpired', () => {
  let portal: OwnPortal;
  before(async () => {
    portal = await startPortal();
  });
  after(() => portal.close());

  const run = () =>
    purgeExpired.run(
      { database: portal.database, config: portal.config, log: createLog('silent') },
      () => false,
    );
  const count = async (table: string) =>
    Number((await portal.owner.query<{ n: string }>(`select count(*) n from ${table}`)).rows[0]!.n);

  it('deletes all expired sessions and no valid one', async () => {
    const tenant = await createTenant(portal);
    const otherTenant = await createTenant(portal);
    await portal.owner.query(
      `insert into sessions
       select ('{${tenant.id}, ${otherTenant.id}}'::uuid[])[n % 2 + 1], 'old ' || n, '{}', now() - interval '1 second'
       from generate_series(1, 5200) n;
       insert into platform_sessions values ('old', '{}', now() - interval '1 second'), ('new', '{}', now() + interval '1 hour')`,
    );
    const visitor = await signIn(portal, tenant.account, await createCustomer(portal, tenant));
    await run();
    expect(await count('sessions')).to.equal(1);
    expect(await count('platform_sessions')).to.equal(1);
    expect((await visitor.visit('/account')).path).to.equal('/account');
  });

  it('deletes logos that were not saved within a day', async () => {
    const tenant = await createTenant(portal);
    const logo = (hash: string, is_saved: boolean, age: string) =>
      portal.owner.query(
        `insert into logos (tenant_id, hash, width, height, small, large, icon, is_saved, created_at)
         values ($1, $2, 1, 1, '', '', '', $3, now() - $4::interval)`,
        [tenant.id, hash, is_saved, age],
      );
    await logo('saved', true, '2 days');
    await logo('draft', false, '23 hours');
    await logo('old draft', false, '25 hours');
    await run();
    const { rows } = await portal.owner.query('select hash from logos order by hash');
    expect(rows).to.eql([{ hash: 'draft' }, { hash: 'saved' }]);
  });

  it('deletes the rows of imports after 30 days, and keeps the imports and their tasks', async () => {
    const tenant = await createTenant(portal);
    const staff = await createStaff(portal, tenant);
    const text = 'email,first_name\na@example.com,Ann\nb@example.com,Ben\n';
    const [old, recent] = [
      await insertImport(portal, tenant, staff.id, text),
      await insertImport(portal, tenant, staff.id, text),
    ];
    for (const id of [old, recent]) await queueCheck(portal, tenant, staff.id, id);
    await runImports(portal);
    await portal.owner.query(`update imports set created_at = now() - interval '31 days'`);
    await portal.owner.query(`update imports set imported_at = now() - interval '29 days' where id = $1`, [
      recent,
    ]);
    await portal.owner.query(`update tasks set finished_at = now() - interval '31 days'`);
    await run();
    expect(await listImportRows(portal, old)).to.eql([]);
    expect((await listImportRows(portal, recent)).length).to.equal(2);
    expect(await findImportRow(portal, old)).to.deep.include({ state: 'checked', counts: { create: 2 } });
    expect(await count('tasks')).to.equal(2);
    await portal.owner.query('delete from imports');
    await run();
    expect(await count('tasks')).to.equal(0);
  });

  it('deletes old rows of the sandbox, but no charges', async () => {
    const sandbox = await createSandbox(portal, await createTenant(portal));
    const { gateway, tenantId } = sandbox;
    const customer = { name: 'Ada', email: null, reference: 'ada', key: newKey() };
    const { customerId } = await gateway.createCustomer(customer);
    const methodId = await sandbox.addMethod(customerId);
    const charge = {
      customerId,
      methodId,
      amount: 10_00n,
      currency: 'USD',
      reference: 'charge',
      key: newKey(),
    };
    const { chargeId } = await gateway.createCharge(charge);
    await gateway.confirmCharge({ chargeId, methodId, key: newKey() });
    await sandbox.next('event', 'never');
    await portal.owner.query(
      `update sandbox_events set due_at = null where tenant_id = $1 and type <> 'charge.succeeded'`,
      [tenantId],
    );
    await portal.owner.query('update sandbox_switches set remaining = 0');
    const tables = ['sandbox_events', 'sandbox_requests', 'sandbox_sessions', 'sandbox_switches'];
    const counts = () => Promise.all([...tables, 'sandbox_charges', 'sandbox_methods'].map(count));
    const age = async (days: number) => {
      for (const table of tables.slice(0, 3))
        await portal.owner.query(`update ${table} set created_at = now() - $1 * interval '1 day'`, [days]);
    };
    await age(29);
    await run();
    expect(await counts()).to.eql([2, 4, 1, 0, 1, 1]);
    await age(31);
    await run();
    expect(await counts()).to.eql([1, 0, 0, 0, 1, 1]);
  });

  it('deletes expired throttle counters', async () => {
    await portal.owner.query(
      `delete from throttle_counters;
       insert into throttle_counters values ('old', 9, now(), now() - interval '1 second'), ('new', 9, now(), now() + interval '1 minute')`,
    );
    await run();
    expect((await portal.owner.query('select key from throttle_counters')).rows).to.deep.equal([
      { key: 'new' },
    ]);
  });

  it('keeps tokens and login sessions for 30 days after their end', async () => {
    const tenant = await createTenant(portal);
    const { id } = await createCustomer(portal, tenant);
    await portal.owner.query('delete from one_time_tokens; delete from login_sessions');
    const token = (name: string, expires: string, used: string | null) =>
      portal.owner.query(
        `insert into one_time_tokens (tenant_id, token_hash, user_id, purpose, sent_to, expires_at, used_at)
         values ($1, $2, $3, 'reset_password', 'x', now() + $4::interval, now() + $5::interval)`,
        [tenant.id, Buffer.from(name), id, expires, used],
      );
    await token('alive', '1 hour', null);
    await token('used recently', '-29 days', '-29 days');
    await token('expired long ago', '-31 days', null);
    await token('used long ago', '1 hour', '-31 days');
    await portal.owner.query(
      `insert into login_sessions (tenant_id, id, sid_hash, user_id, audience, method, idle_seconds, expires_at)
       select $1, gen_random_uuid(), n::text, $2, 'customer', 'password', 60, now() - make_interval(days => n) from unnest(array[29, 31]) n`,
      [tenant.id, id],
    );
    await run();
    const { rows } = await portal.owner.query<{ name: string }>(
      `select convert_from(token_hash, 'UTF8') as name from one_time_tokens order by 1`,
    );
    expect(rows.map(({ name }) => name)).to.deep.equal(['alive', 'used recently']);
    expect(await count('login_sessions')).to.equal(1);
  });

  it('deletes form keys after 24 hours', async () => {
    const tenant = await createTenant(portal);
    await portal.owner.query(
      `insert into form_keys (tenant_id, user_id, kind, key_hash, values_hash, location, created_at)
       select $1, gen_random_uuid(), 'company', '', '', '/' || hours, now() - make_interval(hours => hours)
       from unnest(array[23, 25]) hours`,
      [tenant.id],
    );
    await portal.owner.query(
      `insert into platform_form_keys (operator_id, kind, key_hash, values_hash, location, created_at)
       select gen_random_uuid(), 'tenant', '', '', '/' || hours, now() - make_interval(hours => hours)
       from unnest(array[23, 25]) hours`,
    );
    await run();
    for (const table of ['form_keys', 'platform_form_keys'])
      expect((await portal.owner.query(`select location from ${table}`)).rows, table).to.deep.equal([
        { location: '/23' },
      ]);
  });

  it('deletes tasks 30 days after they finished and keeps unfinished ones', async () => {
    const tenant = await createTenant(portal);
    await portal.owner.query(
      `insert into tasks (tenant_id, id, kind, input, state, done, created_at, finished_at)
       select $1, gen_random_uuid(), 'backfill', '{}', state, days, now() - interval '90 days', finished_at
       from (values ('done', 29, now() - interval '29 days'), ('failed', 31, now() - interval '31 days'),
         ('running', 90, null)) task (state, days, finished_at)`,
      [tenant.id],
    );
    await run();
    const { rows } = await portal.owner.query<{ done: number }>('select done from tasks order by done');
    expect(rows).to.deep.equal([{ done: 29 }, { done: 90 }]);
  });

  it('deletes nothing when isStopping returns true', async () => {
    const { id } = await createTenant(portal);
    await portal.owner.query(`insert into sessions values ($1, 'late', '{}', now() - interval '1 second')`, [
      id,
    ]);
    await purgeExpired.run(
      { database: portal.database, config: portal.config, log: createLog('silent') },
      () => true,
    );
    expect((await portal.owner.query(`select 1 from sessions where sid = 'late'`)).rows).to.have.length(1);
  });
});
