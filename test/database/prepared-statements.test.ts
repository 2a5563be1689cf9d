import { expect } from 'chai';
import { runStatements } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import { openDatabase } from '../../src/database/pools.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

describe('PREPARED_STATEMENTS', () => {
  let test: TestDatabase;

  before(async () => {
    test = await createTestDatabase();
  });
  after(() => test.drop());

  for (const hasPreparedStatements of [true, false]) {
    it(
      hasPreparedStatements ? 'prepares a repeated statement once when on' : 'prepares no statement when off',
      async () => {
        const { app, platform } = test.urls;
        const database = await openDatabase({
          appUrl: app,
          platformUrl: platform,
          size: 1,
          hasPreparedStatements,
        });
        const read = () =>
          runStatements(database, newId(), [
            { text: 'select name from users where tenant_id = $1', values: [newId()] },
            { text: 'select count(*)::int as named from pg_prepared_statements', values: [] },
          ]);
        await read();
        const [, counted] = await read();
        expect(counted!.rows).to.deep.equal([{ named: hasPreparedStatements ? 2 : 0 }]);
        await database.close();
      },
    );
  }
});
