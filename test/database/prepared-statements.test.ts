import { expect } from 'chai';
import { inTenant, readTenant, runStatements } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import { openDatabase, withClient, type Database } from '../../src/database/pools.ts';
import { MAX_PREPARED_STATEMENTS, preparedName } from '../../src/database/prepared-statements.ts';
import { refuseWith } from '../../src/database/transaction.ts';
import type { PagePosition } from '../../src/database/paginate.ts';
import type { TenantDb } from '../../src/database/tenant-db.ts';
import { auditList } from '../../src/domain/audit/audit-list.ts';
import { readIncome } from '../../src/domain/report/income-report.ts';
import { userList, type UserQuery } from '../../src/domain/user/user-list.ts';
import type { Log } from '../../src/log.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

describe('PREPARED_STATEMENTS', () => {
  let test: TestDatabase;
  const databases: Database[] = [];
  const tenantId = newId();

  before(async () => {
    test = await createTestDatabase();
  });
  after(async () => {
    await Promise.all(databases.map((database) => database.close()));
    await test.drop();
  });

  const open = async (hasPreparedStatements: boolean, size = 1) => {
    const { app, platform } = test.urls;
    const options = { appUrl: app, platformUrl: platform, size, hasPreparedStatements };
    const database = await openDatabase(options);
    databases.push(database);
    return database;
  };
  const listPrepared = async ({ app }: Database) => {
    const { rows } = await app.query<{ statement: string; generic_plans: number; custom_plans: number }>(
      'select statement, generic_plans::int, custom_plans::int from pg_prepared_statements',
    );
    return rows;
  };

  it('prepares a repeated statement once per connection when on', async () => {
    const database = await open(true);
    const text = 'select name from users where tenant_id = $1';
    const read = () => runStatements(database, tenantId, [{ text, values: [tenantId] }]);
    for (let n = 0; n < 8; n++) await read();
    const [prepared, ...others] = await listPrepared(database);
    expect(others).to.eql([]);
    expect(prepared).to.include({ statement: text, generic_plans: 3, custom_plans: 5 });
  });

  it('prepares no statement when off', async () => {
    const database = await open(false);
    await runStatements(database, tenantId, [{ text: 'select $1::int', values: [1] }]);
    await readTenant(database, tenantId, (db) => [db.from('users').where({ id: newId() }).first('id')]);
    expect(await listPrepared(database)).to.eql([]);
  });

  it('prepares the first page of a list without filters', async () => {
    const database = await open(true);
    for (const sort of ['name', '-name', 'name']) {
      const { query } = userList.parse({ sort });
      await readTenant(database, tenantId, (db) => [userList.rows(db, query), userList.counted(db, query)]);
    }
    expect(await listPrepared(database)).to.have.length(4);
  });

  it('prepares no filtered list, search, later page or count, and no list of restricted staff', async () => {
    const database = await open(true);
    const all = userList.parse({}).query;
    const place = { side: 'after', values: [newId()] } as const;
    const restricted = { id: null, scope: { kind: 'restricted', company_ids: [], site_ids: [] } } as const;
    const reads =
      (query: UserQuery, at: PagePosition | null = null) =>
      (db: TenantDb) =>
        [
          userList.rows(db, query, at),
          userList.counted(db, query, at),
          auditList.found(db, auditList.parse({ q: 'a' }).query),
        ] as const;
    for (const params of [{ q: 'alpha' }, { status: 'enabled' }, { access: ['active', 'invited'] }])
      await readTenant(database, tenantId, reads(userList.parse(params).query));
    await readTenant(database, tenantId, reads(all, place));
    await readTenant(database, tenantId, reads(all), restricted);
    expect(await listPrepared(database)).to.eql([]);
  });

  it('prepares no read of a period', async () => {
    const database = await open(true);
    await readTenant(database, tenantId, (db) => [readIncome(db, { from: '2026-01-01', to: '2026-12-31' })]);
    expect(await listPrepared(database)).to.eql([]);
  });

  it('reads on every connection after the type of a prepared column was changed', async () => {
    const database = await open(true, 3);
    const text = 'select shoe_size from users where tenant_id = $1';
    const readOnAll = () =>
      Promise.all([1, 2, 3].map(() => runStatements(database, tenantId, [{ text, values: [tenantId] }])));
    const alter = (sql: string) => withClient(test.urls.superuser, (client) => client.query(sql));
    await alter('alter table app.users add shoe_size int');
    await readOnAll();
    expect(database.app.totalCount).to.equal(3);
    await alter('alter table app.users alter shoe_size type text');
    for (let n = 0; n < 2; n += 1) expect(await readOnAll()).to.have.length(3);
  });

  it('prepares the statements of a transaction when on, and none when off', async () => {
    for (const isOn of [true, false]) {
      const database = await open(isOn);
      await inTenant(database, tenantId, async (db) => {
        db.defer(db.from('counters').where({ kind: 'none' }).delete());
        await db.from('users').where({ id: newId() }).first('id');
        return refuseWith({});
      });
      const prepared = (await listPrepared(database)).map(({ statement }) => statement.slice(0, 6));
      expect(prepared).to.have.members(isOn ? ['delete', 'select'] : []);
    }
  });

  it('prepares no statement of a transaction with a list of values, with several rows or with optional filters', async () => {
    const database = await open(true);
    const { query } = userList.parse({ status: 'enabled' });
    await inTenant(database, tenantId, async (db) => {
      db.defer(db.from('counters').whereIn('kind', ['none']).delete());
      await userList.rows(db, query);
      // The tenant does not exist.
      await db.insertInto('counters', [{ kind: 'none' }, { kind: 'neither' }]).catch(() => undefined);
      return refuseWith({});
    });
    expect(await listPrepared(database)).to.eql([]);
  });

  it('closes the connection of a transaction whose prepared statement no longer fits its table', async () => {
    const database = await open(true);
    const alter = (sql: string) => withClient(test.urls.superuser, (client) => client.query(sql));
    const read = () =>
      inTenant(database, tenantId, (db) =>
        db.raw<{ rows: unknown[] }>('select hat_size from users where tenant_id = ?', [tenantId]),
      );
    await alter('alter table app.users add hat_size int');
    await read();
    await alter('alter table app.users alter hat_size type text');
    let message = '';
    await read().catch((error: Error) => (message = error.message));
    expect(message).to.include('cached plan must not change result type');
    expect((await read()).rows).to.eql([]);
  });

  it('is given a limited number of names, and logs once that there are no more', () => {
    const warnings: unknown[] = [];
    const log = { warn: (message: string) => warnings.push(message) } as unknown as Log;
    const names = new Map<string, string>();
    const texts = Array.from({ length: MAX_PREPARED_STATEMENTS + 1 }, (_, n) => `select ${n}`);
    const given = texts.map((text) => preparedName(text, log, names));
    expect(given.at(-1)).to.equal(undefined);
    expect(warnings).to.eql(['no further statement of this pool is prepared']);
    expect(new Set(given.slice(0, -1)).size).to.equal(MAX_PREPARED_STATEMENTS);
    expect(preparedName(texts[0]!, log, names)).to.equal(given[0]);
  });
});
