import { expect } from 'chai';
import { asPlatform } from '../../src/database/as-platform.ts';
import { readTenant } from '../../src/database/in-tenant.ts';
import type { TenantDb } from '../../src/database/tenant-db.ts';
import { companyList } from '../../src/domain/company/company-list.ts';
import { taskTexts } from '../../src/domain/task/task.ts';
import { userList } from '../../src/domain/user/user-list.ts';
import { failWrites } from '../support/failing-writes.ts';
import { createLog } from '../../src/log.ts';
import { backfillKind, backfills, type Backfills } from '../../src/tasks/backfills.ts';
import { countBackfills, queueBackfill } from '../../src/tasks/queue-backfills.ts';
import { runTaskSlot } from '../../src/tasks/run-task.ts';
import { countRuns } from '../support/count-runs.ts';
import {
  createCompany,
  createCustomer,
  createCustomField,
  createTenant,
  type TestTenant,
} from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import { findTaskRow, queueTestTask } from '../support/tasks.ts';

describe('Backfills', () => {
  it('have titles without their technical names', () => {
    for (const name of Object.keys(backfills))
      expect(taskTexts({ kind: 'backfill', input: { name } }).title).to.not.include('{name}');
  });

  let portal: OwnPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
  });
  after(() => portal.close());

  const run = async (name: string, all?: Backfills, batchSize?: number) => {
    const id = await queueTestTask(portal, tenant, null, name);
    const kinds = { backfill: backfillKind(all, batchSize) };
    await runTaskSlot({ database: portal.database, log: createLog('silent'), kinds }, tenant.id);
    return findTaskRow(portal, id);
  };

  it('restore the derived columns of users and count the changed rows', async () => {
    const { id } = await createCustomer(portal, tenant, { first_name: 'Zoë', last_name: 'Ångström' });
    const text = 'select name_norm, search_text from users where id = $1';
    const [before] = await sql(portal, text, [id]);
    await sql(portal, `update users set name_norm = 'old', search_text = 'old' where id = $1`, [id]);
    expect(await run('fold-users')).to.deep.include({
      state: 'done',
      done: 2,
      total: 2,
      result: { changed: 1 },
    });
    expect(await sql(portal, text, [id])).to.eql([before]);
    expect(before).to.include({ name_norm: 'zoe angstrom' });
  });

  it('restore the derived columns of companies', async () => {
    const { id } = await createCompany(portal, tenant, { name: 'Öl & Söhne' });
    const text = 'select name_norm, search_text from companies where id = $1';
    const [before] = await sql(portal, text, [id]);
    await sql(portal, `update companies set name_norm = 'old', search_text = 'old' where id = $1`, [id]);
    expect((await run('fold-companies')).result).to.eql({ changed: 1 });
    expect(await sql(portal, text, [id])).to.eql([before]);
  });

  it('keep rows of the former folding findable until they are finished', async () => {
    const formerly = async (name: string, name_norm: string) => {
      const { id } = await createCustomer(portal, tenant, { first_name: name, last_name: null });
      await sql(portal, 'update users set name_norm = $2, search_text = $3 where id = $1', [
        id,
        name_norm,
        `${name_norm} ${id}@x.co +442079460000`,
      ]);
      return id;
    };
    const lukasz = await formerly('Łukasz Nowak', 'łukasz nowak');
    const obrien = await formerly("Ann O'Brien", "ann o'brien");
    const wang = await formerly('王小明', '王小明');
    const arabic = await formerly('مصطفى', 'مصطفى');
    const { id: recent } = await createCustomer(portal, tenant, {
      first_name: 'Łukasz',
      last_name: "O'Brien 王小",
    });
    const { id: company } = await createCompany(portal, tenant, { name: 'Łódź' });
    await sql(portal, "update companies set name_norm = 'łodz', search_text = 'łodz c-1' where id = $1", [
      company,
    ]);
    const find = async (list: typeof userList | typeof companyList, q: string) => {
      const read = (db: TenantDb) => [list.rows(db, list.parse({ q }).query as never)] as const;
      const [rows] = await readTenant(portal.database, tenant.id, read);
      return rows.map(({ id }) => id);
    };
    const expected = { Łukasz: lukasz, "O'Brien": obrien, 王小: wang, مصطفى: arabic, 'Łukasz Nowak': lukasz };
    await queueTestTask(portal, tenant, null, 'fold-users');
    await queueTestTask(portal, tenant, null, 'fold-companies');
    for (const [q, id] of Object.entries(expected)) expect(await find(userList, q), q).to.include(id);
    for (const q of ['Łukasz', "O'Brien", '王小']) expect(await find(userList, q), q).to.include(recent);
    expect(await find(userList, '020 7946 0000')).to.have.members([lukasz, obrien, wang, arabic]);
    for (const q of ['Łódź', 'łó']) expect(await find(companyList, q), q).to.eql([company]);

    const kinds = { backfill: backfillKind() };
    await runTaskSlot({ database: portal.database, log: createLog('silent'), kinds }, tenant.id);
    await runTaskSlot({ database: portal.database, log: createLog('silent'), kinds }, tenant.id);
    const unfinished = 'select from tasks where tenant_id = $1 and due_at is not null';
    expect(await sql(portal, unfinished, [tenant.id])).to.eql([]);
    for (const [q, id] of Object.entries(expected)) expect(await find(userList, q), q).to.include(id);
    for (const q of ['Łódź', 'lodz', 'ŁÓ']) expect(await find(companyList, q), q).to.eql([company]);
  });

  it('move the values of custom fields to the rows of the users, with their index', async () => {
    const field = await createCustomField(portal, tenant, { code: 'gate', is_searchable: true });
    const [ada, grace] = [await createCustomer(portal, tenant), await createCustomer(portal, tenant)];
    await sql(portal, `update users set custom = '{"gate": "old", "other": "kept"}' where id = $1`, [ada.id]);
    await sql(
      portal,
      `insert into custom_field_values (tenant_id, user_id, custom_field_id, value) values ($1, $2, $3, 'North')`,
      [tenant.id, ada.id, field.id],
    );
    expect((await run('move-custom-values')).result).to.eql({ changed: 1 });
    const custom = 'select custom from users where id = $1';
    expect(await sql(portal, custom, [ada.id])).to.eql([{ custom: { gate: 'North', other: 'kept' } }]);
    expect(await sql(portal, custom, [grace.id])).to.eql([{ custom: {} }]);
    expect(await sql(portal, 'select from custom_field_values where user_id = $1', [ada.id])).to.eql([]);
    const indexed = 'select entity_id, value_norm from custom_field_values_index where custom_field_id = $1';
    expect(await sql(portal, indexed, [field.id])).to.eql([{ entity_id: ada.id, value_norm: 'north' }]);
    expect((await run('move-custom-values')).result).to.eql({ changed: 0 });
  });

  it('give referral codes to customers without one', async () => {
    const [ada, grace] = [await createCustomer(portal, tenant), await createCustomer(portal, tenant)];
    const codes = async () =>
      (
        await sql<{ referral_code: string | null }>(
          portal,
          'select referral_code from users where id = any($1) order by id',
          [[ada.id, grace.id]],
        )
      ).map(({ referral_code }) => referral_code);
    const [kept] = await codes();
    await sql(portal, 'update users set referral_code = null where id = $1', [grace.id]);
    expect((await run('create-referral-codes')).result).to.eql({ changed: 1 });
    const [first, second] = await codes();
    expect(first).to.equal(kept);
    expect(second).to.match(/^[2-9A-HJKMNP-Z]{8}$/);
    expect((await run('create-referral-codes')).result).to.eql({ changed: 0 });
  });

  it('process every row of the tenant once, in batches', async () => {
    const other = await createCustomer(portal, await createTenant(portal));
    for (let n = 0; n < 7; n++) await createCustomer(portal, tenant);
    const task = await run('count-runs', { 'count-runs': countRuns }, 4);
    expect(task).to.deep.include({ state: 'done', done: 8, total: 8, result: { changed: 8 } });
    const phones = await sql(portal, 'select phone from users where tenant_id = $1', [tenant.id]);
    expect(new Set(phones.map(({ phone }) => phone))).to.eql(new Set(['1']));
    expect(await sql(portal, 'select phone from users where id = $1', [other.id])).to.eql([{ phone: null }]);
  });

  it('process every row of the tenant once although a deadlock ends a batch', async () => {
    for (let n = 0; n < 7; n++) await createCustomer(portal, tenant);
    const end = await failWrites(portal, 'tasks', '40P01', {
      on: 'update',
      when: 'new.done > old.done',
      times: 1,
    });
    const task = await run('count-runs', { 'count-runs': countRuns }, 4);
    await end();
    expect(task).to.deep.include({ state: 'done', done: 8, total: 8, result: { changed: 8 } });
    const phones = await sql(portal, 'select distinct phone from users where tenant_id = $1', [tenant.id]);
    expect(phones).to.eql([{ phone: '1' }]);
  });

  it('finish for a table without rows', async () => {
    expect(await run('fold-companies')).to.deep.include({ state: 'done', result: { changed: 0 } });
  });

  for (const name of ['of a newer version', 'constructor'])
    it(`are tried again later when the name "${name}" is not registered`, async () => {
      expect(await run(name)).to.include({ state: 'queued', attempts: 0 });
    });

  it('are queued once for each tenant until they have begun, and counted by state', async () => {
    const tenants = [tenant.id, (await createTenant(portal)).id];
    const queue = (ids: string[]) =>
      asPlatform(portal.database, (db) => queueBackfill(db, 'fold-companies', ids));
    expect(await queue([tenants[0]!])).to.equal(1);
    expect(await queue(tenants)).to.equal(1);
    await sql(portal, `update tasks set state = 'done', due_at = null where tenant_id = $1`, [tenants[0]!]);
    expect(await queue(tenants)).to.equal(1);
    for (const begun of [`state = 'running'`, `cursor = '{}'`]) {
      await sql(portal, `update tasks set ${begun} where tenant_id = $1 and state = 'queued'`, [tenants[1]!]);
      expect(await queue(tenants), begun).to.equal(1);
      expect(await queue(tenants), begun).to.equal(0);
    }
    await sql(portal, 'delete from tasks where tenant_id <> all($1)', [tenants]);
    const counts = await asPlatform(portal.database, countBackfills);
    expect(counts).to.eql([{ name: 'fold-companies', state: 'queued', tenants: 2, done: 0, total: null }]);
  });
});
