import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

const SCRIPT = join(import.meta.dirname, '..', 'src', 'install-dependencies.mjs');

describe('Installing the dependencies before a start', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portico-test-install-'));
    mkdirSync(join(folder, 'src'));
    mkdirSync(join(folder, 'node_modules'));
    copyFileSync(SCRIPT, join(folder, 'src', 'install-dependencies.mjs'));
    writeFileSync(join(folder, 'npm.mjs'), `console.log('npm', ...process.argv.slice(2))`);
    lock('package-lock.json', {
      '': { version: '0.1.0' },
      'node_modules/a': { version: '1.0.0' },
      'node_modules/for-tests': { version: '1.0.0', dev: true },
      'node_modules/other-platform': { version: '1.0.0', optional: true },
    });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('does nothing when every package is installed', () => {
    lock('node_modules/.package-lock.json', { 'node_modules/a': { version: '1.0.0' } });
    expect(run()).to.deep.equal({ code: 0, out: '', err: '' });
  });

  it('announces and runs npm ci when packages are missing or a version differs', () => {
    expect(run().out).to.match(/^The dependencies are not installed yet: running npm ci\.\nnpm ci /);

    lock('node_modules/.package-lock.json', { 'node_modules/a': { version: '0.9.0' } });
    expect(run().out).to.match(
      /^The dependencies do not match package-lock\.json: running npm ci\.\nnpm ci /,
    );
  });

  it('installs development packages only before the tests', () => {
    lock('node_modules/.package-lock.json', { 'node_modules/a': { version: '1.0.0' } });
    expect(run('pretest').out).to.contain('--include=dev');
  });

  it('does not change node_modules when it is a link to another checkout', () => {
    lock('node_modules/.package-lock.json', {});
    renameSync(join(folder, 'node_modules'), join(folder, 'elsewhere'));
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'node_modules'));
    const { out, code } = run();
    expect(out).to.contain('node_modules is a link');
    expect(code).to.equal(0);
    expect(existsSync(join(folder, 'elsewhere', '.package-lock.json'))).to.equal(true);
  });

  it('exits with code 1 and a one-line message on an unsupported version of Node', () => {
    const pretend = `Object.defineProperty(process, 'versions', { value: { node: '18.20.4' } })`;
    expect(
      run('prestart', ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`]),
    ).to.deep.equal({
      code: 1,
      out: '',
      err: 'Portico needs Node 20.19 or newer (of 22: 22.12 or newer), and this is Node 18.20.4.\n',
    });
  });

  function lock(file: string, packages: object): void {
    writeFileSync(join(folder, file), JSON.stringify({ packages }));
  }

  function run(
    event = 'prestart',
    options: string[] = [],
  ): { code: number | null; out: string; err: string } {
    const env = {
      PATH: process.env['PATH'],
      npm_lifecycle_event: event,
      npm_execpath: join(folder, 'npm.mjs'),
    };
    const script = join(folder, 'src', 'install-dependencies.mjs');
    const { status, stdout, stderr } = spawnSync(process.execPath, [...options, script], {
      env,
      encoding: 'utf8',
    });
    return { code: status, out: stdout, err: stderr };
  }
});
