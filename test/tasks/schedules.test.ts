import { expect } from 'chai';
import { setTimeout as pause } from 'node:timers/promises';
import pino from 'pino';
import { readConfig } from '../../src/config.ts';
import { openDatabase, type Database } from '../../src/database/pools.ts';
import { auditPartitions } from '../../src/tasks/seal-audit.ts';
import { startSchedules, type Schedule } from '../../src/tasks/schedules.ts';
import { withClient } from '../../src/database/with-client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const config = readConfig({ SECRET_KEYS: 'a secret of the tests that is long enough' });

describe('Jobs', () => {
  let test: TestDatabase;
  let database: Database;
  let lines: { msg: string; job?: string; failures?: number }[];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  before(async () => {
    test = await createTestDatabase();
    database = await openDatabase({ appUrl: test.urls.app, platformUrl: test.urls.platform });
  });
  after(async () => {
    await database.close();
    await test.drop();
  });
  beforeEach(() => {
    lines = [];
  });

  it('come round again and again, each on its own', async () => {
    const turns = { quick: 0, slow: 0 };
    const job = (name: 'quick' | 'slow', everySeconds: number): Schedule => ({
      name,
      everySeconds,
      run: async () => void (turns[name] += 1),
    });
    const running = startSchedules({ database, config, log }, [job('quick', 0.01), job('slow', 60)]);
    await pause(150);
    await running.stop();
    expect(turns.quick).to.be.greaterThan(3);
    expect(turns.slow).to.equal(0);
  });

  it('outlive a failure, which is logged', async () => {
    let turns = 0;
    const job: Schedule = {
      name: 'shaky',
      everySeconds: 0.01,
      run: async () => {
        turns += 1;
        if (turns < 3) throw new Error('not yet');
      },
    };
    const running = startSchedules({ database, config, log }, [job]);
    await pause(200);
    await running.stop();
    expect(turns).to.be.greaterThan(3);
    expect(lines.map(({ job, failures }) => [job, failures])).to.deep.equal([
      ['shaky', 1],
      ['shaky', 2],
    ]);
  });

  it('are let finish when they are stopped, and begin nothing more', async () => {
    const states: string[] = [];
    let begun = () => {};
    const hasBegun = new Promise<void>((resolve) => (begun = resolve));
    const job: Schedule = {
      name: 'long',
      everySeconds: 0.01,
      run: async (_deps, isStopping) => {
        states.push('begun');
        begun();
        while (!isStopping()) await pause(5);
        states.push('finished');
      },
    };
    const running = startSchedules({ database, config, log }, [job]);
    await hasBegun;
    await running.stop();
    await pause(50);
    expect(states).to.deep.equal(['begun', 'finished']);
  });

  it('make the partitions of the months ahead that are missing', async () => {
    const months = () =>
      withClient(test.urls.superuser, async (client) => {
        const { rows } = await client.query<{ n: number }>(
          `select count(*)::int n from pg_inherits where inhparent = 'app.audit_events'::regclass`,
        );
        return rows[0]!.n;
      });
    expect(await months()).to.equal(4);
    await withClient(test.urls.superuser, (client) =>
      client.query(
        `do $$ declare part text; begin
           select max(inhrelid::regclass::text) into part from pg_inherits where inhparent = 'app.audit_events'::regclass;
           execute 'drop table ' || part; end $$`,
      ),
    );
    await auditPartitions.run({ database, config, log }, () => false);
    expect(await months()).to.equal(4);
    expect(lines.map(({ msg }) => msg)).to.deep.equal(['partitions of the audit log made']);
  });
});
