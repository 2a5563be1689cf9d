import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createLog } from '../src/log.ts';
import { bundle } from './support/bundle.ts';
import { createTestDatabase, type TestDatabase } from './support/database.ts';
import { ask, preparePortalProcesses, untilReady, type PortalProcesses } from './support/portal-process.ts';

interface UnwritableOutput {
  fd: number;
  makeUnwritable(): void;
  close(): void;
}

const unwritableOutputs: { name: string; open: () => UnwritableOutput }[] = [
  { name: 'a pipe without a reader', open: openPipe },
  {
    name: 'on a full disk',
    open: () => {
      const fd = openSync('/dev/full', 'w');
      return { fd, makeUnwritable: () => undefined, close: () => closeSync(fd) };
    },
  },
];

function openPipe(): UnwritableOutput {
  const folder = mkdtempSync(path.join(tmpdir(), 'portico-log-'));
  const file = path.join(folder, 'fifo');
  spawnSync('mkfifo', [file]);
  // Without a reader the writer would wait in `open`.
  const reader = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const fd = openSync(file, 'w');
  const close = () => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  };
  return { fd, makeUnwritable: () => closeSync(reader), close };
}

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

  let logModule: string;

  before(async () => {
    logModule = await bundle('src/log.ts');
  });

  const argsOf = (statements: string) => {
    const program = `import { createLog } from ${JSON.stringify(logModule)};
      const log = createLog('info');
      ${statements}`;
    return ['--expose-gc', '--input-type=module', '--eval', program];
  };
  const outputOf = (statements: string) => {
    const { stdout } = spawnSync(process.execPath, argsOf(statements), { encoding: 'utf8' });
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

  it('writes lines of every length in order', () => {
    const lengths = Array.from({ length: 200 }, (_, n) => (n * 577) % 6000);
    const messages = outputOf(
      `for (const length of ${JSON.stringify(lengths)}) log.info({ text: 'x'.repeat(length) }, 'length' + length);`,
    );
    expect(messages).to.eql(lengths.map((length) => `length${length}`));
  });

  it('keeps the lines of two processes whole in the pipe of a slow reader', () => {
    const program = argsOf(`for (let n = 0; n < 1500; n++) log.info({ text: 'x'.repeat(n % 900) }, 'line');`);
    const script = `{ "$@" & "$@" & wait; } | { sleep 2; cat; }`;
    const args = ['-c', script, 'sh', process.execPath, ...program];
    const { stdout } = spawnSync('sh', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).to.have.length(3000);
    expect(
      lines.filter((line) => !/^\{"level":30,"time":"[^"]+","text":"x*","msg":"line"\}$/.test(line)),
    ).to.eql([]);
  });

  for (const { name, open } of unwritableOutputs) {
    it(`does not stop the process when standard output is ${name}`, () => {
      const output = open();
      output.makeUnwritable();
      const statements = `log.info('first'); log.error('second');
        for (let n = 0; n < 100; n++) log.info('third');
        setTimeout(() => { log.info('fourth'); process.exit(3); }, 500);`;
      const { status, stderr } = spawnSync(process.execPath, argsOf(statements), {
        stdio: ['ignore', output.fd, 'pipe'],
        encoding: 'utf8',
        timeout: 10_000,
      });
      output.close();
      expect({ status, stderr }).to.eql({ status: 3, stderr: '' });
    });

    it(`keeps few lines in memory while standard output is ${name}`, () => {
      const output = open();
      output.makeUnwritable();
      const statements = `gc();
        const before = process.memoryUsage().heapUsed;
        for (let n = 0; n < 20_000; n++) log.info({ text: 'x'.repeat(1000) });
        gc();
        process.stderr.write(String(process.memoryUsage().heapUsed - before));`;
      const { stderr } = spawnSync(process.execPath, argsOf(statements), {
        stdio: ['ignore', output.fd, 'pipe'],
        encoding: 'utf8',
        timeout: 10_000,
      });
      output.close();
      expect(stderr).to.match(/^-?\d+$/);
      expect(Number(stderr)).to.be.below(5_000_000);
    });
  }
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
    process.on('SIGALRM', () => void Promise.reject(new Error('A crash')));`;
  const endings = [
    { name: 'after SIGTERM', signal: 'SIGTERM', workers: '1', code: 0 },
    { name: 'after SIGHUP', signal: 'SIGHUP', workers: '1', code: 0 },
    { name: 'of two web processes after SIGHUP', signal: 'SIGHUP', workers: '2', code: 0 },
    { name: 'of two web processes after SIGTERM', signal: 'SIGTERM', workers: '2', code: 0 },
    { name: 'after an uncaught error', signal: 'SIGUSR2', workers: '1', code: 1 },
    { name: 'after an unhandled rejection', signal: 'SIGALRM', workers: '1', code: 1 },
  ] as const;
  for (const { name, signal, workers, code } of endings) {
    it(`has a line for every response ${name}`, async () => {
      const portal = processes.start({
        RUN: 'web',
        WORKERS: workers,
        NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(crashOnSignal)}`,
      });
      const hasStarted = async () =>
        (await Promise.all(Array.from({ length: 8 }, () => ask(processes.port, '/login')))).every(
          (response) => response?.status === 200,
        );
      // All web processes listen when it is printed.
      while (!portal.output().includes('Portico is ready') || !(await hasStarted())) await delay(100);
      const responses = await Promise.all(Array.from({ length: 30 }, () => ask(processes.port, '/login')));
      portal.child.kill(signal);
      const result = await portal.ended;
      expect(result.code).to.equal(code);
      for (const response of responses) {
        expect(response?.status).to.equal(200);
        expect(result.output).to.include(`"request_id":"${String(response?.headers['x-request-id'])}"`);
      }
    });
  }

  for (const { name, open } of unwritableOutputs) {
    it(`is not needed to serve requests and to stop when standard output is ${name}`, async () => {
      const output = open();
      const { child, ended } = processes.start({ RUN: 'web' }, output.fd);
      await untilReady(processes.port);
      output.makeUnwritable();
      for (let n = 0; n < 40; n++) expect((await ask(processes.port, '/login'))?.status).to.equal(200);
      await delay(500);
      expect((await ask(processes.port, '/login'))?.status).to.equal(200);
      expect((await ask(processes.port, '/livez'))?.status).to.equal(200);
      child.kill('SIGTERM');
      const { code, output: errors } = await ended;
      output.close();
      expect({ code, errors }).to.eql({ code: 0, errors: '' });
    });
  }
});
