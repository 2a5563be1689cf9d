import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { Script } from 'node:vm';
import { parse } from 'yaml';
import { commands } from '../../src/commands/registry.ts';
import { readConfig } from '../../src/config.ts';
import { settings } from '../../src/settings.ts';
import { skipBecause } from '../support/skip.ts';

interface Service {
  environment?: Record<string, string>;
  command?: string[];
  healthcheck?: { test: string[] };
}

const read = (file: string) => readFileSync(file, 'utf8');
const all = (pattern: RegExp, text: string) => [...text.matchAll(pattern)].map(([, found = '']) => found);

const compose = read('deploy/compose.yaml');
const { services } = parse(compose, { merge: true }) as { services: Record<string, Service> };
const units = ['deploy/portico@.service', 'deploy/portico-migrate.service'];
const documentation = read('docs/operations.md');

/** Random values instead of empty ones, as the comments in the files ask for. */
function fillIn(file: string): Record<string, string> {
  const secret = randomBytes(32).toString('hex');
  const given = Object.entries(parseEnv(read(file)));
  return Object.fromEntries(given.map(([name, value = '']) => [name, value || secret]));
}

function interpolate(text: string, values: Record<string, string>): string {
  return text.replace(/\$\{(\w+):\?\}/g, (_text, name: string) => values[name]!);
}

describe('The files in deploy/', () => {
  it('name only settings that exist', () => {
    const named = [
      ...all(/^ {2,}([A-Z][A-Z_]+): /gm, compose),
      ...Object.keys(parseEnv(read('deploy/portico.env.example'))),
      ...units
        .flatMap((unit) => all(/^Environment=(.*)$/gm, read(unit)))
        .flatMap((line) => all(/(\w+)=/g, line)),
      ...all(
        /\b([A-Z]{2,}(?:_[A-Z]+)+)\b/g,
        `${documentation}${read('deploy/nginx.conf')}${read('deploy/Caddyfile')}`,
      ),
    ];
    const others = [
      'NODE_ENV',
      'POSTGRES_PASSWORD',
      'ACME_EMAIL',
      'PORTICO',
      'BACKUP_URL',
      'RESTORE_URL',
      'TEST_PROXY',
    ];
    expect(named).to.include.members(['PORTAL_DOMAIN', 'RUN', 'KEEP_ALIVE_S']);
    expect([...new Set(named)].filter((name) => !(name in settings) && !others.includes(name))).to.deep.equal(
      [],
    );
  });

  it('describe a production portal that starts', () => {
    const config = readConfig({ NODE_ENV: 'production', ...fillIn('deploy/portico.env.example') });
    expect(config).to.include({ production: true, trustProxy: 1, migrateOnStart: false });
  });

  for (const service of ['web', 'worker', 'migrate']) {
    it(`describe a production portal in containers whose ${service} starts`, () => {
      const values = fillIn('deploy/compose.env.example');
      const environment = Object.entries(services[service]!.environment!);
      const env = environment.map(([name, value]) => [name, interpolate(value, values)]);
      const config = readConfig({
        NODE_ENV: 'production',
        ...(Object.fromEntries(env) as Record<string, string>),
      });
      expect(config).to.include({ production: true, trustProxy: 1, migrateOnStart: false });
      expect(config.databaseUrl).to.match(/^postgres:\/\/app_rw:[0-9a-f]{64}@database:5432\/portico$/);
      expect(config.databaseOwnerUrl === undefined).to.equal(service !== 'migrate');
    });
  }

  it('use each value of compose.env.example in compose.yaml, and no other', () => {
    const used = new Set(all(/\$\{(\w+):\?\}/g, compose));
    expect(Object.keys(fillIn('deploy/compose.env.example'))).to.have.members([...used]);
  });

  it('have commands that are lists of texts, of which Node can run the check of health', () => {
    const lists = Object.values(services).flatMap(({ command, healthcheck }) => [
      ...(command ? [command] : []),
      ...(healthcheck ? [healthcheck.test] : []),
    ]);
    expect(lists).to.have.length(3);
    for (const list of lists) for (const word of list) expect(word).to.be.a('string');
    const [, program, option, script = ''] = services['web']!.healthcheck!.test;
    expect([program, option]).to.deep.equal(['node', '-e']);
    expect(() => new Script(script)).not.to.throw();
  });

  it('name only files that exist or are built', () => {
    const dockerfile = read('deploy/Dockerfile');
    const mentioned = [
      ...all(/^!(\S+)$/gm, read('deploy/Dockerfile.dockerignore')),
      ...all(/^COPY (package.*) \.\/$/gm, dockerfile).flatMap((names) => names.split(' ')),
      ...all(/^COPY --from=build \/portico\/(\S+) /gm, dockerfile),
      ...all(/^Documentation=file:\/opt\/portico\/(.*)$/gm, units.map(read).join('\n')),
      ...all(/(?<!dist\/)\b((?:deploy|docs|test|src)\/[\w.@/-]*[\w/])/g, `${documentation}${compose}`),
      ...all(/(dist\/src\/\w+\.js)/g, [documentation, compose, dockerfile, ...units.map(read)].join('\n')),
    ].filter((name) => name !== 'dist' && name !== 'deploy/.env');
    const source = (name: string) => name.replace(/^dist\/(.*)\.js$/, '$1.ts');
    expect(mentioned).to.include.members(['deploy/compose.yaml', 'dist/src/server.js', 'views']);
    expect(mentioned.filter((name) => !existsSync(source(name)))).to.deep.equal([]);
  });

  it('copy the sources that the program is built from', () => {
    const [, entries = ''] = /entryPoints: \[(.*?)\]/s.exec(read('src/build.ts')) ?? [];
    const folders = new Set(all(/'(\w+)\//g, entries));
    expect([...folders]).to.include.members(['src', 'migrations']);
    const copied = all(/^!(\S+)$/gm, read('deploy/Dockerfile.dockerignore'));
    expect(copied).to.include.members([...folders, 'views', 'public']);
  });

  it('wait longer for a stop than the portal takes', () => {
    const seconds = [
      /stop_grace_period: (\d+)s/.exec(compose)![1],
      /TimeoutStopSec=(\d+)/.exec(read(units[0]!))![1],
    ];
    for (const each of seconds) expect(Number(each)).to.be.greaterThan(30);
  });

  it('stay stopped after the exit code of invalid settings', () => {
    expect(read(units[0]!)).to.include('RestartPreventExitStatus=78');
    expect(read('src/start-failure.ts')).to.include('78');
  });

  it('use a version of Node that package.json allows', () => {
    const versions = all(/^FROM node:(\d+)-/gm, read('deploy/Dockerfile'));
    expect(versions).to.have.length(2);
    for (const version of versions) expect(Number(version)).to.be.at.least(22);
    expect(read('package.json')).to.include('"node": ">=20.19 <21 || >=22.12"');
  });

  it('are documented with commands that exist', () => {
    const named = [
      ...all(/cli\.js ([\w:]+)/g, documentation),
      ...all(/`(migrate|[a-z]+:[a-z-]+|doctor)\b/g, documentation),
    ];
    expect(named).to.include.members(['operator:create', 'migrate', 'doctor']);
    expect(named.filter((name) => !(name in commands))).to.deep.equal([]);
  });
});

describe('The systemd units', () => {
  let folder: string;

  before(function () {
    if (spawnSync('systemd-analyze', ['--version']).error)
      skipBecause(this, 'systemd-analyze is not installed');
    folder = mkdtempSync(path.join(tmpdir(), 'portico-units-'));
    for (const unit of units) {
      // Of this machine, because the check looks for both.
      const text = read(unit)
        .replace('/usr/bin/node', process.execPath)
        .replace(/^(User|Group)=.*/gm, '$1=root');
      writeFileSync(path.join(folder, path.basename(unit).replace('@', '@web')), text);
    }
  });
  after(() => folder && rmSync(folder, { recursive: true }));

  it('are valid', () => {
    const files = readdirSync(folder).map((file) => path.join(folder, file));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', ...files], { encoding: 'utf8' });
    const ours = stderr.split('\n').filter((line) => line.includes('portico'));
    expect(ours).to.deep.equal([]);
    expect(status).to.equal(0);
  });
});
