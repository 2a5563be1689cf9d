import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import pino from 'pino';
import { readConfig } from '../../src/config.ts';
import { openDatabase, type Database } from '../../src/database/pools.ts';
import { startSchedules, type Schedule } from '../../src/tasks/schedules.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const config = readConfig({ SECRET_KEYS: 'a secret of the tests that is long enough' });

describe('startSchedules', () => {
  let test: TestDatabase;
  let database: Database;
  let lines: { msg: string; schedule?: string; failures?: number }[];
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

  it('repeats each schedule at its own interval', async () => {
    const runs = { quick: 0, slow: 0 };
    const schedule = (name: 'quick' | 'slow', everySeconds: number): Schedule => ({
      name,
      everySeconds,
      run: async () => void (runs[name] += 1),
    });
    const running = startSchedules({ database, config, log }, [
      schedule('quick', 0.01),
      schedule('slow', 60),
    ]);
    await pause(150);
    await running.stop();
    expect(runs.quick).to.be.greaterThan(3);
    expect(runs.slow).to.equal(0);
  });

  it('logs a failed schedule and runs it again', async () => {
    let runs = 0;
    const schedule: Schedule = {
      name: 'shaky',
      everySeconds: 0.01,
      run: async () => {
        runs += 1;
        if (runs < 3) throw new Error('not yet');
      },
    };
    const running = startSchedules({ database, config, log }, [schedule]);
    await pause(200);
    await running.stop();
    expect(runs).to.be.greaterThan(3);
    expect(lines.map(({ msg, schedule, failures }) => [msg, schedule, failures])).to.deep.equal([
      ['a schedule failed; it is tried again', 'shaky', 1],
      ['a schedule failed; it is tried again', 'shaky', 2],
    ]);
  });

  it('waits for running schedules when stopped and starts no other one', async () => {
    const states: string[] = [];
    let started = () => {};
    const hasStarted = new Promise<void>((resolve) => (started = resolve));
    const schedule: Schedule = {
      name: 'long',
      everySeconds: 0.01,
      run: async (_deps, isStopping) => {
        states.push('started');
        started();
        while (!isStopping()) await pause(5);
        states.push('finished');
      },
    };
    const running = startSchedules({ database, config, log }, [schedule]);
    await hasStarted;
    await running.stop();
    await pause(50);
    expect(states).to.deep.equal(['started', 'finished']);
  });
});
