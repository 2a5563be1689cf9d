import { expect } from 'chai';
import pg from 'pg';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { readCatalog, type Table } from './postgres-catalog.ts';
import { WITHOUT_TENANT } from './schema-rules.ts';
import { seedTenant, type SeededTenant } from './seed-tenant.ts';

type Row = Record<string, unknown>;

const INSUFFICIENT_PRIVILEGE = '42501';
const INVALID_PARAMETER = '22023';
/** The setting app.tenant_id was never set on the connection, or is empty after a transaction. */
const TENANT_NOT_SET = ['42704', '22P02'];

const errorOf = (error: pg.DatabaseError) => error;
const codeOf = (error: pg.DatabaseError) => error.code;

describe('row level security', () => {
  let portal: OwnPortal;
  let own: SeededTenant;
  let other: SeededTenant;
  let tables: Table[];
  /** A connection with the role of the web process. */
  let app: pg.Client;

  before(async () => {
    portal = await startPortal();
    own = await seedTenant(portal, 'Alpha');
    other = await seedTenant(portal, 'Beta');
    app = new pg.Client({ connectionString: portal.urls.app });
    await app.connect();
    const client = await portal.owner.connect();
    const catalog = await readCatalog(client);
    client.release();
    tables = catalog.tables.filter(({ name, is_partition }) => !(name in WITHOUT_TENANT) && !is_partition);
  });
  after(async () => {
    await app.end();
    await portal.close();
  });

  const collectProblems = async (check: (table: Table) => Promise<string[]>) => {
    const problems: string[] = [];
    for (const table of tables) problems.push(...(await check(table)));
    return problems;
  };

  /** Rolls the statement back. */
  const queryAsOwnTenant = async (text: string, values: unknown[] = []) => {
    await app.query(`begin; set local app.tenant_id = '${own.id}'`);
    try {
      return await app.query<Row>(text, values);
    } finally {
      await app.query('rollback');
    }
  };

  it('is tested with rows of two tenants in every tenant table', async () => {
    const empty = await collectProblems(async ({ name }) => {
      const { rows } = await portal.owner.query(`select distinct tenant_id from ${name}`);
      return rows.length === 2
        ? []
        : [`${name} has rows of ${rows.length} tenants: add one to seed-tenant.ts`];
    });
    expect(empty).to.eql([]);
    expect(tables.length).to.be.greaterThan(12);
  });

  /** Without generated columns. */
  const listInsertable = async (name: string) => {
    const { rows } = await portal.owner.query<{ columns: string }>(
      `select string_agg(quote_ident(attname), ', ') as columns from pg_attribute
       where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
      [name],
    );
    return rows[0]!.columns;
  };

  it('rejects a select when no tenant is set', async () => {
    const open = await collectProblems(async ({ name }) => {
      const code = await app.query(`select count(*) from ${name}`).catch(codeOf);
      return TENANT_NOT_SET.includes(code as string) ? [] : [name];
    });
    expect(open).to.eql([]);
  });

  it('returns only the rows of the current tenant', async () => {
    const wrong = await collectProblems(async ({ name }) => {
      const { rows } = await queryAsOwnTenant(
        `select tenant_id::text, count(*)::int from ${name} group by 1`,
      );
      return rows.length === 1 && rows[0]!['tenant_id'] === own.id
        ? []
        : [`${name}: ${JSON.stringify(rows)}`];
    });
    expect(wrong).to.eql([]);
  });

  it('returns no rows when a statement asks for another tenant by id', async () => {
    const found = await collectProblems(async ({ name }) => {
      const { rows } = await queryAsOwnTenant(`select 1 from ${name} where tenant_id = $1`, [other.id]);
      return rows.length === 0 ? [] : [name];
    });
    expect(found).to.eql([]);
  });

  it('rejects an insert for another tenant', async () => {
    const accepted = await collectProblems(async ({ name, grants }) => {
      const columns = await listInsertable(name);
      const { rows } = await portal.owner.query<Row>(`select * from ${name} where tenant_id = $1`, [
        other.id,
      ]);
      const insert = `insert into ${name} (${columns}) select ${columns} from json_populate_record(null::${name}, $1)`;
      const result = await queryAsOwnTenant(insert, [JSON.stringify(rows[0])]).catch(errorOf);
      return isRejected(result, grants['app_rw']!.includes('insert')) ? [] : [name];
    });
    expect(accepted).to.eql([]);
  });

  it('rejects an update that moves a row to another tenant', async () => {
    const accepted = await collectProblems(async ({ name, grants }) => {
      const result = await queryAsOwnTenant(`update ${name} set tenant_id = $1`, [other.id]).catch(errorOf);
      return isRejected(result, grants['app_rw']!.includes('update')) ? [] : [name];
    });
    expect(accepted).to.eql([]);
  });

  it('updates and deletes no rows of another tenant', async () => {
    const changed = await collectProblems(async ({ name, grants }) => {
      const found: string[] = [];
      for (const statement of [`update ${name} set tenant_id = tenant_id`, `delete from ${name}`]) {
        if (!grants['app_rw']!.includes(statement.split(' ')[0]!)) continue;
        const { rowCount } = await queryAsOwnTenant(`${statement} where tenant_id = $1`, [other.id]);
        if (rowCount !== 0) found.push(`${statement}: ${rowCount}`);
      }
      return found;
    });
    expect(changed).to.eql([]);
  });

  it('cannot be bypassed by selecting from a partition', async () => {
    const { rows } = await portal.owner.query<{ name: string }>(
      `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'app.audit_events'::regclass`,
    );
    expect(rows.length).to.be.greaterThan(0);
    for (const { name } of rows) {
      expect(await queryAsOwnTenant(`select 1 from ${name}`).catch(codeOf), name).to.equal(
        INSUFFICIENT_PRIVILEGE,
      );
    }
  });

  it('cannot be bypassed by changing to another role', async () => {
    for (const role of ['app_platform', 'app_owner', 'app_search', 'app_backup']) {
      expect(await app.query(`set role ${role}`).catch(codeOf), role).to.equal(INSUFFICIENT_PRIVILEGE);
    }
  });

  it('applies to the search functions', async () => {
    for (const [noun, words] of [
      ['users', 'beta'],
      ['companies', 'beta works'],
    ] as const) {
      const search = `select app.search_${noun}($1, $2, 50)`;
      expect(await queryAsOwnTenant(search, [other.id, words]).catch(codeOf), noun).to.equal(
        INVALID_PARAMETER,
      );
      const foreign = await queryAsOwnTenant(search, [own.id, words]);
      expect(foreign.rows, noun).to.eql([]);
      const found = await queryAsOwnTenant(search, [own.id, words.replace('beta', 'alpha')]);
      expect(found.rows.length, noun).to.be.greaterThan(0);
    }
  });

  it('is not needed for the platform tables, which app_rw may not select from', async () => {
    for (const name of ['platform_operators', 'platform_sessions', 'platform_events']) {
      expect(await queryAsOwnTenant(`select 1 from ${name}`).catch(codeOf), name).to.equal(
        INSUFFICIENT_PRIVILEGE,
      );
    }
  });

  it('rejects a select on a connection whose last transaction failed', async () => {
    await app.query(`begin; set local app.tenant_id = '${own.id}'`);
    await app.query('select 1/0').catch(() => undefined);
    await app.query('commit');
    expect(await app.query('select 1 from users').catch(codeOf)).to.equal('22P02');
  });
});

/** Without the grant, the error is the missing permission; with the grant, it is the tenant policy. */
function isRejected(result: unknown, mayWrite: boolean): boolean {
  if (!(result instanceof Error) || !('code' in result) || result.code !== INSUFFICIENT_PRIVILEGE)
    return false;
  return (mayWrite ? /row-level security/ : /permission denied/).test(result.message);
}
