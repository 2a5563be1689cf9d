import { expect } from 'chai';
import { createTestDatabase } from '../support/database.ts';
import { expectFailure, openCommandLine, runPortal, settingsFor, type CommandLine } from './command-line.ts';

describe('Database commands', () => {
  let cli: CommandLine;

  before(async () => {
    cli = await openCommandLine();
  });
  after(() => cli.close());

  describe('migrate', () => {
    it('migrates up and down and shows the status', async () => {
      const database = await createTestDatabase();
      const runMigrate = (...args: string[]) =>
        runPortal(settingsFor(database, cli.folder), ['migrate', ...args, '--json']);
      const status = async () => (await runMigrate('status')).json as { done: string[]; pending: string[] };
      const before = await status();
      expect(before.pending).to.deep.equal([]);
      expect((await runMigrate('down')).json).to.deep.equal({ undone: [before.done.at(-1)] });
      expect((await status()).pending).to.deep.equal([before.done.at(-1)]);
      expect((await runMigrate()).json).to.deep.equal({ done: [before.done.at(-1)] });
      await runMigrate('down', '--all');
      const notMigrated = await runPortal(settingsFor(database, cli.folder), ['tenant:list']);
      expectFailure(notMigrated, /lacks what this version needs .* Run: npm run portal -- migrate up$/);
      await database.drop();
      expectFailure(await cli.run('migrate', 'sideways'), /Unknown argument "sideways"/, 64);
    });
  });

  describe('seed:demo', () => {
    it('changes nothing when a tenant exists, and is refused in production', async () => {
      const database = await createTestDatabase();
      await runPortal(settingsFor(database, cli.folder), [
        'tenant:create',
        '--slug',
        'north',
        '--name',
        'North',
        '--admin-email',
        'owner@north.example',
      ]);
      const seeded = await runPortal(settingsFor(database, cli.folder), ['seed:demo', '--json']);
      expect(seeded.json).to.have.property('seeded', false);
      await database.drop();
      const production = {
        ...cli.env,
        NODE_ENV: 'production',
        PORTAL_DOMAIN: 'p.example',
        OPERATIONS_DOMAIN: 'o.example',
        SMTP_URL: 'smtp://m.example',
      };
      expectFailure(await runPortal(production, ['seed:demo']), /refused in production/);
    });
  });

  describe('db:url', () => {
    it('prints the connection URL of each role', async () => {
      expect((await cli.run('db:url')).out).to.equal(cli.database.urls.app);
      expect((await cli.run('db:url', '--as', 'owner')).out).to.equal(cli.database.urls.superuser);
      expect((await cli.run('db:url', '--as', 'platform', '--json')).json).to.deep.equal({
        url: cli.database.urls.platform,
      });
      expectFailure(await cli.run('db:url', '--as', 'root'), /--as takes owner, app or platform/, 64);
    });
  });
});
