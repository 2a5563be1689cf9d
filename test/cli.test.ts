import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findRunningPostgres, startEmbeddedPostgres } from '../src/embedded-postgres/embedded-postgres.ts';
import { buildProgram } from './support/portal-process.ts';

const root = path.resolve(import.meta.dirname, '..');

describe('src/cli.ts', () => {
  let folder: string;
  before(function () {
    this.timeout(60_000);
    buildProgram();
    folder = mkdtempSync(path.join(tmpdir(), 'portico-cli-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

  const SOURCE = ['--import', 'tsx', 'src/cli.ts'];

  /** Runs the program, by default the built one, in its own process with a pipe as stdin. */
  const cli = (args: readonly string[], { program = ['dist/src/cli.js'], stdin = '' } = {}) =>
    new Promise<{ code: number | null; out: string; err: string }>((resolve, reject) => {
      const env = { ...process.env, DATA_DIR: folder, DATABASE_URL: '', NODE_ENV: '' };
      const child = spawn(process.execPath, [...program, ...args], { cwd: root, env });
      const output = { out: '', err: '' };
      child.stdout.on('data', (text: Buffer) => (output.out += text.toString()));
      child.stderr.on('data', (text: Buffer) => (output.err += text.toString()));
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, ...output }));
      child.stdin.end(stdin);
    });

  it('starts the embedded database when no portal runs and stops it at the end', async function () {
    this.timeout(60_000);
    const args = [
      '--slug',
      'first',
      '--name',
      'First',
      '--admin-email',
      'a@first.example',
      '--json',
      '--admin-password-stdin',
    ];
    const { code, out, err } = await cli(['tenant:create', ...args], {
      program: SOURCE,
      stdin: 'seven brave otters swim\n',
    });
    expect(err).to.equal('');
    expect(code).to.equal(0);
    expect(JSON.parse(out)).to.have.all.keys('tenant_id', 'portal_url', 'operations_url', 'set_password_url');
    expect(await findRunningPostgres(folder)).to.equal(undefined);
  });

  it('uses the embedded database of a running portal without stopping it', async function () {
    this.timeout(60_000);
    const server = await startEmbeddedPostgres({ dataDir: folder, settings: { fsync: 'off' } });
    const [list, url, wrong] = await Promise.all([
      cli(['tenant:list', '--json']),
      cli(['db:url', '--as', 'owner']),
      cli(['tenant:nothing']),
    ]);
    expect(JSON.parse(list.out)).to.have.length(1);
    expect(url).to.include({ code: 0, err: '', out: `${server.urls.owner}\n` });
    expect(wrong.code).to.equal(64);
    expect(await findRunningPostgres(folder)).to.not.equal(undefined);
    await server.stop();
  });

  it('prints the database URL with a warning while no portal runs', async function () {
    this.timeout(60_000);
    const { code, out, err } = await cli(['db:url']);
    expect(code).to.equal(0);
    expect(out).to.match(/^postgres:\/\/app_rw:\w+@127\.0\.0\.1:\d+\/portico\n$/);
    expect(err).to.match(/works after npm start/);
  });
});
