import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createTestDatabase, type TestDatabase } from './support/database.ts';
import { ask, preparePortalProcesses, untilReady, type PortalProcesses } from './support/portal-process.ts';

describe('The built program', () => {
  let database: TestDatabase;
  let processes: PortalProcesses;

  before(async function () {
    this.timeout(60_000);
    database = await createTestDatabase();
    processes = await preparePortalProcesses(database);
  });
  after(async () => {
    processes.kill();
    await database.drop();
  });

  it('finds its views, its assets and its migrations', async function () {
    this.timeout(60_000);
    const { child, ended } = processes.start({ WORKERS: '2' });
    await untilReady(processes.port);
    const page = await ask(processes.port, '/login');
    expect(page?.status).to.equal(200);
    const stylesheet = /href="(\/assets\/[^"]+\.css)"/.exec(page!.text)?.[1];
    expect((await ask(processes.port, stylesheet!))?.status).to.equal(200);
    child.kill('SIGTERM');
    expect((await ended).code).to.equal(0);
  });

  it('estimates passwords in a worker thread', async () => {
    const worker = new Worker(path.resolve('dist/src/domain/password/strength-worker.js'));
    worker.postMessage({ id: 1, password: 'p@ssword1234', words: [] });
    const [estimate] = (await once(worker, 'message')) as [{ isCommon: boolean }];
    await worker.terminate();
    expect(estimate.isCommon).to.equal(true);
  });

  it('is ASCII, because V8 keeps all other source text as two bytes a character', () => {
    const files = readdirSync('dist/src', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.js'))
      .map((file) => path.join('dist/src', file));
    // The Markdown library has literal expressions; it is loaded by the first note that is shown.
    const others = files.filter((file) => !/note-text|markdown-it/.test(file + readFileSync(file, 'utf8')));
    expect(others.length).to.be.greaterThan(10);
    expect(others.filter((file) => readFileSync(file).some((byte) => byte > 0x7f))).to.eql([]);
  });

  it('leaves out the error messages of zod in other languages', () => {
    const files = readdirSync('dist/src', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.js'))
      .map((file) => path.join('dist/src', file));
    expect(files.filter((file) => readFileSync(file, 'latin1').includes('erwartet'))).to.eql([]);
  });

  it('runs the commands', function () {
    this.timeout(30_000);
    const output = execFileSync(process.execPath, ['dist/src/cli.js', 'migrate', 'status'], {
      env: { PATH: process.env['PATH'], ...processes.env },
      encoding: 'utf8',
    });
    const names = readdirSync('migrations').filter((file) => file.endsWith('.ts'));
    for (const name of names) expect(output).to.include(name.replace(/\.ts$/, ''));
  });
});
