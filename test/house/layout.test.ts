import { expect } from 'chai';
import { codeOf, importsOf, sources, type Source } from './sources.ts';

const PORTALS = ['account', 'operations', 'platform', 'dev'];

/** What each room may import; the files beside the rooms (app.ts, server.ts …) put everything together. */
const MAY_IMPORT: Record<string, string[]> = {
  account: ['http', 'sign-in', 'domain', 'locales'],
  operations: ['http', 'sign-in', 'domain', 'mail', 'locales'],
  platform: ['http', 'sign-in', 'domain', 'mail', 'locales'],
  dev: ['http', 'domain', 'mail', 'locales'],
  'sign-in': ['http', 'domain', 'database'],
  http: ['domain', 'database', 'locales'],
  domain: ['database', 'locales'],
  mail: ['domain', 'database', 'locales'],
  tasks: ['mail', 'domain', 'database'],
  commands: ['mail', 'tasks', 'domain', 'database', 'locales'],
  database: [],
  locales: [],
};

const FREE = new Set(['app', 'server', 'worker', 'cli']);

/** Of the database room, but without a database in them. */
const FOR_ALL = ['src/database/new-id.ts', 'src/database/paginate.ts'];

/** Who may touch a pool itself; everybody else gets a TenantDb or a PlatformDb. */
const TOUCH_POOLS = [
  /^src\/database\//,
  // What is known before a tenant is, or belongs to none.
  /^src\/http\/(session-store|current-user|rate-limit|server)\.ts$/,
  /^src\/domain\/tenant\/tenant-directory\.ts$/,
];

const BANNED: Record<string, RegExp> = {
  'set_config(: only SET LOCAL reaches every node of a distributed engine': /\bset_config\s*\(/i,
  'LISTEN: it does not pass a pooler': /['"`]\s*(un)?listen\s+\w/i,
  'NOTIFY: it makes commits wait for each other': /['"`]\s*notify\s+\w|\bpg_notify\s*\(/i,
  'pg_advisory_lock(: a lock of one node alone': /\bpg_(try_)?advisory_(xact_)?(un)?lock/i,
  'RESTRICTIVE: a distributed engine makes it permissive': /\bas\s+restrictive\b/i,
  'ILIKE: no index helps under row level security': /\bilike\b/i,
  'SET SESSION: a tenant for whoever gets the connection next': /\bset\s+(session\s+)?app\.tenant_id/i,
};

const all = sources('src', '.ts');

describe('the layout of the sources', () => {
  it('leads from portal to domain to database, and never back', () => {
    expect(all.flatMap(wrongImports)).to.eql([]);
  });

  it('keeps pg and knex, as values, in the database room', () => {
    const elsewhere = all.filter(({ file }) => !file.startsWith('src/database/'));
    const found = elsewhere.flatMap((source) =>
      importsOf(source)
        .filter(({ of, isType }) => (of === 'pg' || of === 'knex') && !isType)
        .map(({ of }) => `${source.file} imports ${of}`),
    );
    expect(found).to.eql([]);
  });

  it('lets few touch a pool', () => {
    const touching = all.filter((source) =>
      /\b(app|platform)(Pool)?\.(query|connect)\(|[dD]atabase\.(app|platform|knex|platformKnex)\b/.test(
        codeOf(source),
      ),
    );
    const strangers = touching.filter(({ file }) => !TOUCH_POOLS.some((pattern) => pattern.test(file)));
    expect(strangers.map(({ file }) => file)).to.eql([]);
    expect(touching.map(({ file }) => file)).to.include('src/http/rate-limit.ts');
  });

  it('sets the tenant in one file', () => {
    const setting = all.filter((source) => /set\s+local\s+app\.tenant_id/i.test(codeOf(source)));
    expect(setting.map(({ file }) => file)).to.eql(['src/database/in-tenant.ts']);
  });

  it('reads the environment in one file', () => {
    // Whoever starts a process tells it where programs are.
    const readers = all.filter((source) => /\bprocess\.env\b(?!\['PATH'\])/.test(codeOf(source)));
    expect(
      readers.map(({ file }) => file).filter((file) => !/^src\/(server|worker|cli)\.ts$/.test(file)),
    ).to.eql([]);
  });

  for (const [reason, pattern] of Object.entries(BANNED)) {
    it(`has no ${reason}`, () => {
      expect(all.filter((source) => pattern.test(codeOf(source))).map(({ file }) => file)).to.eql([]);
    });
  }

  it('keeps a screen in 150 lines', () => {
    const screens = PORTALS.flatMap((portal) => sources(`src/${portal}`, '.ts'));
    expect(screens.filter(({ lines }) => lines > 150).map(size)).to.eql([]);
  });

  it('has no room for what has no name', () => {
    const nameless = all.filter(({ file }) =>
      /\/(utils?|helpers?|common|misc|shared|manager|service)(\/|\.ts$)|-(utils?|helpers?|service)\.ts$/i.test(
        file,
      ),
    );
    expect(nameless.map(({ file }) => file)).to.eql([]);
  });
});

describe('the look at the layout', () => {
  const written = (file: string, text: string): Source => ({ file, text, lines: 1 });

  it('notices an import that leads back, or to another portal', () => {
    expect(
      wrongImports(written('src/domain/user/x.ts', "import { a } from '../../http/form.ts';")),
    ).to.have.length(1);
    expect(
      wrongImports(written('src/account/x.ts', "import { a } from '../operations/users.ts';")),
    ).to.have.length(1);
    expect(
      wrongImports(written('src/account/x.ts', "import type { a } from '../database/pools.ts';")),
    ).to.have.length(1);
    expect(
      wrongImports(written('src/http/x.ts', "const a = await import('../account/login.ts');")),
    ).to.have.length(1);
    expect(wrongImports(written('src/account/x.ts', "import { a } from '../http/form.ts';"))).to.eql([]);
  });

  it('notices the words that are banned', () => {
    const noticed = (text: string) =>
      Object.values(BANNED).filter((pattern) => pattern.test(codeOf(written('x.ts', text)))).length;
    expect(noticed("db.raw(`select set_config('a', $1, true)`)")).to.equal(1);
    expect(noticed("client.query('LISTEN mail')")).to.equal(1);
    expect(noticed("client.query('select pg_notify($1)')")).to.equal(1);
    expect(noticed("db.raw('select pg_advisory_xact_lock(1)')")).to.equal(1);
    expect(noticed("where('name', 'ilike', term)")).to.equal(1);
    expect(noticed("query(`set app.tenant_id = 'x'`)")).to.equal(1);
    expect(noticed('// We never use set_config(\nserver.listen(80)')).to.equal(0);
  });
});

function wrongImports(source: Source): string[] {
  const own = roomOf(source.file);
  if (own === undefined || FREE.has(own)) return [];
  return importsOf(source).flatMap(({ of, isType }) => {
    const other = of.startsWith('src/') && !FOR_ALL.includes(of) ? roomOf(of) : undefined;
    if (other === undefined || other === own || MAY_IMPORT[own]?.includes(other)) return [];
    if (FREE.has(other) && isType) return [];
    return [`${source.file} imports ${of}`];
  });
}

/** The first folder below src; undefined for the files beside the rooms that anybody may import. */
function roomOf(file: string): string | undefined {
  const [, room, ...below] = file.split('/');
  if (below.length > 0) return room;
  const name = room!.replace('.ts', '');
  return FREE.has(name) ? name : undefined;
}

function size({ file, lines }: Source): string {
  return `${file}: ${lines} lines`;
}
