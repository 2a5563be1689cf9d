import { expect } from 'chai';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { commands } from '../../src/commands/registry.ts';
import { openCommandLine, runPortal, type CommandLine } from '../commands/command-line.ts';
import { recordStatements } from '../support/record-statements.ts';
import { listAllRefusedForms } from './refused-forms.ts';
import { createShardedCopy, isPlannable, listCrossShardTables } from './sharded-copy.ts';

const PASSWORD = 'seventeen purple umbrellas';
const PEOPLE = path.join(tmpdir(), `portico-people-${process.pid}.csv`);

/** Stands for the id that the import before has printed. */
const IMPORTED = '<import>';

const createTenant = (slug: string): [string, string[]] => [
  'tenant:create',
  ['--slug', slug, '--name', slug, '--admin-email', `owner@${slug}.example`],
];

/** The arguments of each command and its input. Several tenants, because a few may have one shard. */
const CALLS: [string, string[], string?][] = [
  ['seed:demo', []],
  ...['north', 'east', 'west', 'upper', 'lower'].map(createTenant),
  [
    'tenant:create',
    ['--slug', 'south', '--name', 'South', '--admin-email', 'owner@south.example', '--admin-password-stdin'],
    PASSWORD,
  ],
  ['tenant:list', []],
  ['tenant:list', ['--search', 'north']],
  ['tenant:suspend', ['--slug', 'north']],
  ['tenant:resume', ['--slug', 'north']],
  ['operator:create', ['--email', 'crawler@example.com']],
  ['operator:reset-password', ['--email', 'crawler@example.com']],
  ['tenant:update', ['--slug', 'north', '--contact-phone', '+44 20 7946 0000', '--colour', '#123456']],
  ['billing:run', ['--tenant', 'north']],
  ['billing:run', ['--tenant', 'north', '--dry-run']],
  ['billing:settings', ['--tenant', 'north', '--set', 'invoice_day=15']],
  ['sandbox:next', ['--tenant', 'north', '--do', 'twice']],
  ['sandbox:charges', ['--tenant', 'north']],
  ['user:reset-link', ['--tenant', 'north', '--email', 'owner@north.example']],
  ['import', ['--tenant', 'north', '--kind', 'users', '--file', PEOPLE]],
  ['import:undo', ['--tenant', 'north', '--id', IMPORTED]],
  ['audit:verify', []],
  ['audit:verify', ['--tenant', 'north']],
  ['ledger:verify', []],
  ['mail:test', ['--to', 'someone@example.com']],
  ['backfill', ['run', '--name', 'fold-users']],
  ['backfill', ['status']],
  ['backfill', ['cancel', '--name', 'fold-users']],
  ['doctor', []],
  ['db:url', []],
  ['migrate', ['status']],
];

/** The statements that read the rows of all tenants at once, by their reason. */
const CROSS_SHARD_STATEMENTS: Record<string, RegExp> = {
  'tenant:list counts the users of the listed tenants':
    /: \(select \$1::uuid as id, \(select count\(\*\)::int from \(select 1 from "users" where "tenant_id" = \$2 .* union all/,
  'backfill run looks for tenants with an unfinished task':
    /: select "tasks"\."tenant_id" from "tasks" where "kind" =/,
  'seed:demo waits for the history of all tenants': /: select "tasks"\."id" from "tasks" where "kind" =/,
  'seed:demo looks for tenants with due tasks':
    /: select "tasks"\."tenant_id" from "tasks" where "due_at" <=/,
  'backfill cancel finishes the tasks of all tenants': /: update "tasks" set .* where "kind" =/,
  'backfill status counts the tasks of all tenants': /: select name, state, count\(\*\)::int as tenants/,
};

describe('the statements of the commands', () => {
  let cli: CommandLine;
  let client: pg.Client;
  let recorded: ReturnType<typeof recordStatements>;

  before(async function () {
    this.timeout(120_000);
    writeFileSync(PEOPLE, 'Email,First name\nada@north.example,Ada\n');
    cli = await openCommandLine();
    recorded = recordStatements(cli.database);
    let imported = '';
    for (const [name, args, input] of CALLS) {
      const given = args.map((each) => (each === IMPORTED ? imported : each));
      const { code, out, err } = await runPortal(cli.env, [name, ...given], input);
      expect(code, `${name}: ${err}`).to.equal(0);
      imported = /^Import ([0-9a-f-]+):/m.exec(out)?.[1] ?? imported;
    }
    recorded.stop();
    client = new pg.Client({ connectionString: cli.database.urls.superuser });
    await client.connect();
    await createShardedCopy(client);
  });
  after(async () => {
    rmSync(PEOPLE);
    await client.end();
    await cli.close();
  });

  it('are those of every command', () => {
    expect([...new Set(CALLS.map(([name]) => name))]).to.have.members(Object.keys(commands));
    expect([...recorded.sent.values()].filter(isPlannable).length).to.be.greaterThan(40);
  });

  it('have no form that Citus refuses', async () => {
    expect(await listAllRefusedForms(client, recorded.sent.values())).to.eql([]);
  });

  it('scan several shards only where listed', async () => {
    const found: string[] = [];
    for (const statement of [...recorded.sent.values()].filter(isPlannable)) {
      const tables = await listCrossShardTables(client, statement);
      if (tables.length > 0) found.push(`${tables.join(', ')}: ${statement.text}`);
    }
    const patterns = Object.values(CROSS_SHARD_STATEMENTS);
    expect(found.filter((text) => !patterns.some((pattern) => pattern.test(text)))).to.eql([]);
    expect(patterns.filter((pattern) => !found.some((text) => pattern.test(text)))).to.eql([]);
  });
});
