import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { createLog } from '../src/log.ts';
import { createTestDatabase, type TestDatabase } from './support/database.ts';
import { ask, preparePortalProcesses, untilReady, type PortalProcesses } from './support/portal-process.ts';

describe('The log', () => {
  it('contains the error without the row that PostgreSQL quotes', () => {
    const lines: string[] = [];
    const log = createLog('info', { write: (line) => void lines.push(line) });
    const refused = Object.assign(new Error('null value in column "name" violates not-null constraint'), {
      code: '23502',
      table: 'users',
      detail: 'Failing row contains (1, ada@example.com, $argon2id$…).',
      where: 'unnamed portal parameter $1 = ada@example.com',
    });

    log.error({ err: refused }, 'request failed');

    const { err, msg } = JSON.parse(lines[0]!) as { err: Record<string, unknown>; msg: string };
    expect(msg).to.equal('request failed');
    expect(err).to.include({ code: '23502', table: 'users', message: refused.message });
    expect(lines[0]).not.to.contain('ada@example.com');
  });

  const outputOf = (statements: string) => {
    const program = `import { createLog } from ${JSON.stringify(path.resolve(import.meta.dirname, '../src/log.ts'))};
      const log = createLog('info');
      ${statements}`;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', program];
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    return [...stdout.matchAll(/"msg":"(\w+)"/g)].map(([, message]) => message);
  };
  const KILL = `process.kill(process.pid, 'SIGKILL');`;

  it('keeps lines in memory until a block is full', () => {
    expect(outputOf(`log.info('first'); ${KILL}`)).to.eql([]);
    expect(outputOf(`for (let n = 0; n < 100; n++) log.info('first'); ${KILL}`)).to.have.length.within(
      50,
      99,
    );
  });

  it('writes the kept lines after a quarter of a second', () => {
    expect(outputOf(`log.info('first'); setTimeout(() => { ${KILL} }, 500);`)).to.eql(['first']);
  });

  for (const level of ['warn', 'error', 'fatal']) {
    it(`writes a line of the level ${level} and the lines before it at once`, () => {
      expect(outputOf(`log.info('first'); log.${level}('second'); ${KILL}`)).to.eql(['first', 'second']);
      const child = `log.info('first'); log.child({ part: 1 }).${level}('second'); ${KILL}`;
      expect(outputOf(child), 'of a child logger').to.eql(['first', 'second']);
    });
  }

  for (const end of [
    `process.exit(0);`,
    `process.exit(1);`,
    `throw new Error('A crash');`,
    `void Promise.reject(new Error('A crash'));`,
    `setImmediate(() => { throw new Error('A crash'); });`,
    ``,
  ])
    it(`writes every line of a process that ends with "${end}"`, () => {
      expect(outputOf(`log.info('first'); log.info('second'); ${end}`)).to.eql(['first', 'second']);
    });
});

describe('The log of a portal process', () => {
  let database: TestDatabase;
  let processes: PortalProcesses;

  before(async () => {
    database = await createTestDatabase();
    processes = await preparePortalProcesses(database);
  });
  after(async () => {
    processes.kill();
    await database.drop();
  });

  const crashOnSignal = `process.on('SIGUSR2', () => { throw new Error('A crash'); });
    process.on('SIGHUP', () => void Promise.reject(new Error('A crash')));`;
  const endings = [
    { name: 'after SIGTERM', signal: 'SIGTERM', workers: '1', code: 0 },
    { name: 'of two web processes after SIGTERM', signal: 'SIGTERM', workers: '2', code: 0 },
    { name: 'after an uncaught error', signal: 'SIGUSR2', workers: '1', code: 1 },
    { name: 'after an unhandled rejection', signal: 'SIGHUP', workers: '1', code: 1 },
  ] as const;
  for (const { name, signal, workers, code } of endings) {
    it(`has a line for every response ${name}`, async () => {
      const { child, ended } = processes.start({
        RUN: 'web',
        WORKERS: workers,
        NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(crashOnSignal)}`,
      });
      await untilReady(processes.port);
      const responses = await Promise.all(Array.from({ length: 30 }, () => ask(processes.port, '/login')));
      child.kill(signal);
      const result = await ended;
      expect(result.code).to.equal(code);
      for (const response of responses) {
        expect(response?.status).to.equal(200);
        expect(result.output).to.include(`"request_id":"${String(response?.headers['x-request-id'])}"`);
      }
    });
  }
});
