import { expect } from 'chai';
import { migrateDown, migrateUp, migrationStatus } from '../../src/database/migrate.ts';
import { prepareDatabase } from '../../src/database/prepare-database.ts';
import { withClient } from '../../src/database/with-client.ts';
import { createBareDatabase, type TestDatabase } from '../support/database.ts';

describe('Migrations', () => {
  let database: TestDatabase;

  before(async () => {
    database = await createBareDatabase();
    const { superuser, owner, app, platform } = database.urls;
    await prepareDatabase({
      administratorUrl: superuser,
      ownerUrl: owner,
      appUrl: app,
      platformUrl: platform,
    });
  });
  after(() => database.drop());

  it('go up, all the way down, and up again, leaving the same schema', async () => {
    const names = await migrateUp(database.urls.owner);
    const before = await tables();

    expect(await migrateDown(database.urls.owner, 'all')).to.have.length(names.length);
    expect(await tables()).to.deep.equal(['knex_migrations', 'knex_migrations_lock']);

    expect(await migrateUp(database.urls.owner)).to.deep.equal(names);
    expect(await tables()).to.deep.equal(before);
  });

  it('are recorded without the extension of the file, so that the compiled program finds them', async () => {
    const { done, pending } = await migrationStatus(database.urls.owner);
    expect(pending).to.deep.equal([]);
    expect(done).to.include('20261122100000_isolate_by_tenant');
  });

  async function tables(): Promise<string[]> {
    const sql = `select relname from pg_class where relnamespace = 'app'::regnamespace and relkind in ('r', 'p')
                 order by relname`;
    const { rows } = await withClient(database.urls.owner, (client) =>
      client.query<{ relname: string }>(sql),
    );
    return rows.map((row) => row.relname);
  }
});
