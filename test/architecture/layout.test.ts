import { expect } from 'chai';
import { withoutComments, importsOf, readSource, readSources, type Source } from './source-files.ts';

const PORTALS = ['account', 'operations', 'platform', 'dev'];

/** The folders of src that each folder may import. */
const MAY_IMPORT: Record<string, string[]> = {
  account: ['http', 'sign-in', 'documents', 'gateways', 'domain', 'locales'],
  operations: ['http', 'sign-in', 'documents', 'gateways', 'domain', 'mail', 'locales'],
  platform: ['http', 'sign-in', 'domain', 'mail', 'locales'],
  dev: ['http', 'domain', 'mail', 'locales'],
  'sign-in': ['http', 'domain', 'database', 'locales'],
  http: ['files', 'domain', 'database', 'locales'],
  domain: ['files', 'database', 'locales'],
  files: [],
  webhooks: ['http', 'gateways', 'domain'],
  gateways: ['domain', 'database', 'locales'],
  documents: ['files', 'domain', 'database', 'pdf', 'locales'],
  pdf: [],
  mail: ['domain', 'database', 'locales'],
  tasks: ['mail', 'gateways', 'files', 'domain', 'database'],
  commands: ['mail', 'tasks', 'gateways', 'documents', 'files', 'domain', 'database', 'locales'],
  database: ['embedded-postgres'],
  locales: [],
};

/** Entry points: they may import everything, and other files may import only their types. */
const ENTRY_POINTS = new Set([
  'app',
  'pipelines',
  'server',
  'start-portal',
  'start-web',
  'worker',
  'task-process',
  'cli',
]);

/** Imported only by a process that needs them, because they load most of the program. */
const LOADED_ON_DEMAND = ['src/start-web.ts', 'src/worker.ts', 'src/start-message.ts', 'seeds/demo.ts'];

/** Pure functions of the database folder that every folder may import. */
const IMPORTABLE_BY_ALL = ['src/database/new-id.ts', 'src/database/paginate.ts'];

/** Parts of list screens, which import types of lists and reads from src/database. */
const LIST_PARTS = /^src\/operations\/list-\w+\.ts$/;

/** The files that may use a connection pool; all others receive a TenantDb or a PlatformDb. */
const MAY_USE_POOLS = [
  /^src\/database\//,
  // They read before the tenant is known, or rows that belong to no tenant.
  /^src\/http\/rate-limit\.ts$/,
  /^src\/domain\/tenant\/tenant-directory\.ts$/,
];

const BANNED_PATTERNS: Record<string, RegExp> = {
  'set_config(), because only SET LOCAL reaches every node of a distributed database': /\bset_config\s*\(/i,
  'LISTEN, because it does not work through a connection pooler': /['"`]\s*(un)?listen\s+\w/i,
  'NOTIFY, because it serializes commits': /['"`]\s*notify\s+\w|\bpg_notify\s*\(/i,
  'pg_advisory_lock(), because it locks one node only': /\bpg_(try_)?advisory_(xact_)?(un)?lock/i,
  'RESTRICTIVE policies, because a distributed database treats them as permissive': /\bas\s+restrictive\b/i,
  'ILIKE, because it uses no index under row level security': /\bilike\b/i,
  'SET SESSION, because the tenant would stay set for the next user of the connection':
    /\bset\s+(session\s+)?app\.tenant_id/i,
  'double type assertions, because the compiler does not compare the types':
    /\bas\s+(unknown|string|number|object|[A-Z]\w*)(\[\])*\s+as\b|\bas\s+(any|never)\b/,
  'names of columns in select(), first() and pluck(), because selectRows() and selectRow() check them':
    /\.(select|first|pluck)\(\s*(['"`[{]|\.\.\.)/,
};

const allSources = readSources('src', '.ts');

describe('source files', () => {
  it('import from portal to domain to database, never in the other direction', () => {
    expect(allSources.flatMap(findWrongImports)).to.eql([]);
  });

  it('load no application code in the process that forks the web processes', () => {
    const isApplication = (name: string) =>
      /^(express|ejs|nodemailer)$|^src\/(app|account|operations|platform|dev|http|domain|mail)\b/.test(name);
    expect(namesLoadedBy('src/server.ts', LOADED_ON_DEMAND).filter(isApplication)).to.eql([]);
    expect(namesLoadedBy('src/start-web.ts', [])).to.include.members(['express', 'ejs', 'src/app.ts']);
  });

  it('import pg and knex as values only in src/database', () => {
    const elsewhere = allSources.filter(({ file }) => !file.startsWith('src/database/'));
    const found = elsewhere.flatMap((source) =>
      importsOf(source)
        .filter(({ of, isType }) => (of === 'pg' || of === 'knex') && !isType)
        .map(({ of }) => `${source.file} imports ${of}`),
    );
    expect(found).to.eql([]);
  });

  it('use connection pools only where it is allowed', () => {
    const users = allSources.filter((source) =>
      /\b(app|platform)(Pool)?\.(query|connect)\(|[dD]atabase\.(app|platform|knex|platformKnex)\b/.test(
        withoutComments(source),
      ),
    );
    const unexpected = users.filter(({ file }) => !MAY_USE_POOLS.some((pattern) => pattern.test(file)));
    expect(unexpected.map(({ file }) => file)).to.eql([]);
    expect(users.map(({ file }) => file)).to.include('src/http/rate-limit.ts');
  });

  it('set the tenant of a transaction in one file', () => {
    const setters = allSources.filter((source) =>
      /set\s+local\s+app\.tenant_id/i.test(withoutComments(source)),
    );
    expect(setters.map(({ file }) => file)).to.eql(['src/database/in-tenant.ts']);
  });

  it('log in users and operators in one file', () => {
    expect(allSources.filter(usesLogIn).map(({ file }) => file)).to.eql(['src/sign-in/session.ts']);
  });

  it('name tenant_domains in few files, because each new row has to pass isCustomDomain()', () => {
    const files = allSources.filter((source) => withoutComments(source).includes('tenant_domains'));
    expect(files.map(({ file }) => file)).to.have.members([
      'src/database/citus.ts',
      'src/database/scope.ts',
      'src/database/tables.ts',
      'src/domain/tenant/tenant-directory.ts',
      'src/domain/tenant/tenant-domains.ts',
    ]);
  });

  it('read the environment only in the entry points', () => {
    // Every file may read PATH, to find programs.
    const readers = allSources.filter((source) =>
      /\bprocess\.env\b(?!\['PATH'\])/.test(withoutComments(source)),
    );
    expect(
      readers.map(({ file }) => file).filter((file) => !/^src\/(server|task-process|cli)\.ts$/.test(file)),
    ).to.eql([]);
  });

  it('declare the texts of forms with text(), which refuses lone surrogates', () => {
    const withForms = allSources.filter(({ file }) =>
      /^src\/(domain|sign-in|http|account|operations|platform)\//.test(file),
    );
    const declaring = withForms.filter((source) => /\bz\s*\.string\(/.test(withoutComments(source)));
    expect(declaring.map(({ file }) => file)).to.eql(['src/domain/form/fields.ts']);
  });

  it('clean pasted texts, except of passwords and of values that are not typed', () => {
    const uncleaned = allSources.filter((source) => /[^.\w]text\(\)/.test(withoutComments(source)));
    expect(uncleaned.map(({ file }) => file)).to.have.members([
      'src/account/terms.ts',
      'src/domain/form/fields.ts',
      'src/domain/membership/membership.ts',
      'src/domain/password/password.ts',
      'src/platform/account.ts',
      // They call cleanLine().
      'src/domain/billing/amount-field.ts',
      'src/domain/billing/billing-settings-form.ts',
      'src/domain/form/number-fields.ts',
      'src/domain/tax-rate/tax-rate.ts',
      'src/domain/unit-type/unit-type.ts',
      'src/domain/brand/brand.ts',
      'src/domain/custom-field/field-settings.ts',
      'src/domain/custom-field/field-types.ts',
      'src/domain/custom-field/form-fields.ts',
      'src/domain/export/export.ts',
      'src/domain/tenant/create-tenant.ts',
    ]);
  });

  for (const [reason, pattern] of Object.entries(BANNED_PATTERNS)) {
    it(`contain no ${reason}`, () => {
      expect(
        allSources.filter((source) => pattern.test(withoutComments(source))).map(({ file }) => file),
      ).to.eql([]);
    });
  }

  it('of portals have at most 150 lines', () => {
    const screens = PORTALS.flatMap((portal) => readSources(`src/${portal}`, '.ts'));
    expect(screens.filter(({ lines }) => lines > 150).map(sizeLabel)).to.eql([]);
  });

  it('are not named utils, helpers, common, misc, shared, manager or service', () => {
    const vague = allSources.filter(({ file }) =>
      /\/(utils?|helpers?|common|misc|shared|manager|service)(\/|\.ts$)|-(utils?|helpers?|service)\.ts$/i.test(
        file,
      ),
    );
    expect(vague.map(({ file }) => file)).to.eql([]);
  });
});

describe('the source file checks', () => {
  const sourceOf = (file: string, text: string): Source => ({ file, text, lines: 1 });

  it('report an import in the wrong direction and an import of another portal', () => {
    expect(
      findWrongImports(sourceOf('src/domain/user/x.ts', "import { a } from '../../http/form.ts';")),
    ).to.have.length(1);
    expect(
      findWrongImports(sourceOf('src/account/x.ts', "import { a } from '../operations/users.ts';")),
    ).to.have.length(1);
    expect(
      findWrongImports(sourceOf('src/account/x.ts', "import type { a } from '../database/pools.ts';")),
    ).to.have.length(1);
    expect(
      findWrongImports(sourceOf('src/http/x.ts', "const a = await import('../account/login.ts');")),
    ).to.have.length(1);
    expect(findWrongImports(sourceOf('src/account/x.ts', "import { a } from '../http/form.ts';"))).to.eql([]);
  });

  it('report a file that logs in a user, also under another name', () => {
    const reports = (text: string) => usesLogIn(sourceOf('src/account/x.ts', text));
    const from = "from '../domain/login-session/login-session-actions.ts';";
    expect(reports(`import {\n  logIn as start,\n} ${from}`)).to.equal(true);
    expect(reports(`import * as logins ${from}\nawait logins.logIn(db);`)).to.equal(true);
    expect(reports(`export { logInOperator } ${from}`)).to.equal(true);
    expect(reports("import { attemptLogIn } from '../sign-in/log-in.ts';\nattemptLogIn(req);")).to.equal(
      false,
    );
    expect(reports('export async function logIn(db: TenantDb) {}')).to.equal(false);
  });

  it('report banned SQL and ignore comments', () => {
    const countMatches = (text: string) =>
      Object.values(BANNED_PATTERNS).filter((pattern) =>
        pattern.test(withoutComments(sourceOf('x.ts', text))),
      ).length;
    expect(countMatches("db.raw(`select set_config('a', $1, true)`)")).to.equal(1);
    expect(countMatches("client.query('LISTEN mail')")).to.equal(1);
    expect(countMatches("client.query('select pg_notify($1)')")).to.equal(1);
    expect(countMatches("db.raw('select pg_advisory_xact_lock(1)')")).to.equal(1);
    expect(countMatches("where('name', 'ilike', term)")).to.equal(1);
    expect(countMatches("query(`set app.tenant_id = 'x'`)")).to.equal(1);
    expect(countMatches('db.raw(sql) as unknown as Row[]')).to.equal(1);
    expect(countMatches('(rows as any)[0]')).to.equal(1);
    expect(countMatches("db.from('users').first('id')")).to.equal(1);
    expect(countMatches("db.from('users').select({ id: 'u.id' })")).to.equal(1);
    expect(countMatches('// We never use set_config(\nserver.listen(80)')).to.equal(0);
  });
});

/** Imports, exports again or calls one of the functions that log in without checking a credential. */
function usesLogIn(source: Source): boolean {
  const imported = /^(import|export)\b[^;'"()]*\b(logIn|logInOperator)\b[^;'"()]*\bfrom\b/m;
  const called = /(?<!function )\b(logIn|logInOperator)\(/;
  const text = withoutComments(source);
  return imported.test(text) || called.test(text);
}

/** The files and packages that loading a file loads, except through the files of a list. */
function namesLoadedBy(start: string, except: readonly string[]): string[] {
  const names = new Set([start]);
  for (const name of names) {
    if (!name.endsWith('.ts')) continue;
    for (const { of, isType } of importsOf(readSource(name)))
      if (!isType && !except.includes(of)) names.add(of);
  }
  return [...names];
}

function findWrongImports(source: Source): string[] {
  const own = areaOf(source.file);
  if (own === undefined || ENTRY_POINTS.has(own)) return [];
  return importsOf(source).flatMap(({ of, isType }) => {
    const other = of.startsWith('src/') && !IMPORTABLE_BY_ALL.includes(of) ? areaOf(of) : undefined;
    if (other === undefined || other === own || MAY_IMPORT[own]?.includes(other)) return [];
    if (ENTRY_POINTS.has(other) && isType) return [];
    if (other === 'database' && isType && LIST_PARTS.test(source.file)) return [];
    return [`${source.file} imports ${of}`];
  });
}

/** The folder or entry point below src; undefined for the other files directly in src, which every file may import. */
function areaOf(file: string): string | undefined {
  const [, area, ...below] = file.split('/');
  if (below.length > 0) return area;
  const name = area!.replace('.ts', '');
  return ENTRY_POINTS.has(name) ? name : undefined;
}

function sizeLabel({ file, lines }: Source): string {
  return `${file}: ${lines} lines`;
}
