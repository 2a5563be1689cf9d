import { expect } from 'chai';
import { findFreePort } from '../src/embedded-postgres/server-process.ts';
import { withClient } from '../src/database/pools.ts';
import { startFailure } from '../src/start-failure.ts';
import { createBareDatabase } from './support/database.ts';

describe('startFailure', () => {
  it('explains in one line that no database listens at the configured address', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const url = `postgres://app_rw:password@${host}:${await findFreePort()}/portico`;
      const refused: unknown = await withClient(url, () => Promise.resolve()).catch(
        (error: unknown) => error,
      );
      const { message, exitCode } = startFailure(refused);
      expect(message).to.match(/^The database cannot be reached: .*ECONNREFUSED.* correct DATABASE_URL/);
      expect(message.split('\n')).to.have.length(1);
      expect(exitCode).to.equal(1);
    }
  });

  it('names the command that creates a missing database', async () => {
    const database = await createBareDatabase();
    await database.drop();
    const missing: unknown = await withClient(database.urls.superuser, () => Promise.resolve()).catch(
      (error: unknown) => error,
    );
    const { message, exitCode } = startFailure(missing);
    expect(message).to.match(/^The database is not prepared: .* Run: npm run portal -- migrate up$/);
    expect(exitCode).to.equal(1);
  });
});
