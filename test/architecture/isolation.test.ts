import { expect } from 'chai';
import pg from 'pg';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { readCatalog, type Table } from './catalog.ts';
import { furnishedTenant, type FurnishedTenant } from './furnish.ts';
import { WITHOUT_TENANT } from './schema-rules.ts';

type Row = Record<string, unknown>;

describe('the rows of a tenant', () => {
  let portal: TestPortal;
  let ours: FurnishedTenant;
  let theirs: FurnishedTenant;
  let tables: Table[];
  /** The web process's role on a connection of its own. */
  let app: pg.Client;

  before(async () => {
    portal = await startPortal();
    ours = await furnishedTenant(portal, 'Alpha');
    theirs = await furnishedTenant(portal, 'Beta');
    app = new pg.Client({ connectionString: portal.urls.app });
    await app.connect();
    const client = await portal.owner.connect();
    ({ tables } = await readCatalog(client));
    client.release();
    tables = tables.filter(({ name, is_partition }) => !(name in WITHOUT_TENANT) && !is_partition);
  });
  after(async () => {
    await app.end();
    await portal.close();
  });

  const eachTable = async (look: (table: Table) => Promise<string[]>) => {
    const problems: string[] = [];
    for (const table of tables) problems.push(...(await look(table)));
    return problems;
  };

  /** What the app's role is told in a transaction of our tenant, rolled back. */
  const asOurs = async (text: string, values: unknown[] = []) => {
    await app.query(`begin; set local app.tenant_id = '${ours.id}'`);
    try {
      return await app.query<Row>(text, values);
    } finally {
      await app.query('rollback');
    }
  };

  const rowsOfTheirs = async (table: string) =>
    (await portal.owner.query<Row>(`select * from ${table} where tenant_id = $1`, [theirs.id])).rows;

  it('are there, in every table, for both: what follows looks at something', async () => {
    const empty = await eachTable(async ({ name }) => {
      const { rows } = await portal.owner.query(`select distinct tenant_id from ${name}`);
      return rows.length === 2
        ? []
        : [`${name} has rows of ${rows.length} tenants: furnish.ts should make one`];
    });
    expect(empty).to.eql([]);
    expect(tables.length).to.be.greaterThan(12);
  });

  it('are not to be had without saying which tenant', async () => {
    const open = await eachTable(async ({ name }) => {
      const answer = await app
        .query(`select count(*) from ${name}`)
        .catch((error: pg.DatabaseError) => error.code);
      // Never set on this connection, or set to nothing after a transaction.
      return answer === '42704' || answer === '22P02' ? [] : [name];
    });
    expect(open).to.eql([]);
  });

  it('are seen by their tenant alone', async () => {
    const wrong = await eachTable(async ({ name }) => {
      const { rows } = await asOurs(`select tenant_id::text, count(*)::int from ${name} group by 1`);
      return rows.length === 1 && rows[0]!['tenant_id'] === ours.id
        ? []
        : [`${name}: ${JSON.stringify(rows)}`];
    });
    expect(wrong).to.eql([]);
  });

  it('are not found by asking for another tenant by its id', async () => {
    const found = await eachTable(async ({ name }) => {
      const { rows } = await asOurs(`select 1 from ${name} where tenant_id = $1`, [theirs.id]);
      return rows.length === 0 ? [] : [name];
    });
    expect(found).to.eql([]);
  });

  it('cannot be written for another tenant', async () => {
    const written = await eachTable(async ({ name, grants }) => {
      const [row] = await rowsOfTheirs(name);
      const insert = `insert into ${name} select * from json_populate_record(null::${name}, $1)`;
      const answer = await asOurs(insert, [JSON.stringify(row)]).catch((error: pg.DatabaseError) => error);
      return refusal(answer, grants['app_rw']!.includes('insert')) ? [] : [`${name} was not refused`];
    });
    expect(written).to.eql([]);
  });

  it('cannot be handed to another tenant', async () => {
    const handed = await eachTable(async ({ name, grants }) => {
      const answer = await asOurs(`update ${name} set tenant_id = $1`, [theirs.id]).catch(
        (error: pg.DatabaseError) => error,
      );
      return refusal(answer, grants['app_rw']!.includes('update')) ? [] : [`${name} was not refused`];
    });
    expect(handed).to.eql([]);
  });

  it('of another tenant are not changed or deleted by whoever tries', async () => {
    const changed = await eachTable(async ({ name, grants }) => {
      const found: string[] = [];
      for (const statement of [`update ${name} set tenant_id = tenant_id`, `delete from ${name}`]) {
        if (!grants['app_rw']!.includes(statement.split(' ')[0]!)) continue;
        const { rowCount } = await asOurs(`${statement} where tenant_id = $1`, [theirs.id]);
        if (rowCount !== 0) found.push(`${statement}: ${rowCount}`);
      }
      return found;
    });
    expect(changed).to.eql([]);
  });

  it('are not reached past their table, in a partition of it', async () => {
    const { rows } = await portal.owner.query<{ name: string }>(
      `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'app.audit_events'::regclass`,
    );
    expect(rows.length).to.be.greaterThan(0);
    for (const { name } of rows) {
      const answer = await asOurs(`select 1 from ${name}`).catch((error: pg.DatabaseError) => error.code);
      expect(answer, name).to.equal('42501');
    }
  });

  it('are not to be had as somebody else', async () => {
    for (const role of ['app_platform', 'app_owner', 'app_search']) {
      const answer = await app.query(`set role ${role}`).catch((error: pg.DatabaseError) => error.code);
      expect(answer, role).to.equal('42501');
    }
  });

  it('are not searched for another tenant', async () => {
    for (const [noun, words] of [
      ['users', 'beta'],
      ['companies', 'beta works'],
    ] as const) {
      const search = `select app.search_${noun}($1, $2, 50)`;
      const answer = await asOurs(search, [theirs.id, words]).catch((error: pg.DatabaseError) => error.code);
      expect(answer, noun).to.equal('22023');
      const { rows } = await asOurs(search, [ours.id, words]);
      expect(rows, noun).to.eql([]);
      const own = await asOurs(search, [ours.id, words.replace('beta', 'alpha')]);
      expect(own.rows.length, noun).to.be.greaterThan(0);
    }
  });

  it('of the console are not there for the app', async () => {
    for (const name of ['platform_operators', 'platform_sessions', 'platform_events']) {
      const answer = await asOurs(`select 1 from ${name}`).catch((error: pg.DatabaseError) => error.code);
      expect(answer, name).to.equal('42501');
    }
  });

  it('stay apart on a connection that failed in between', async () => {
    await app.query(`begin; set local app.tenant_id = '${ours.id}'`);
    await app.query('select 1/0').catch(() => undefined);
    await app.query('commit');
    const answer = await app.query('select 1 from users').catch((error: pg.DatabaseError) => error.code);
    expect(answer).to.equal('22P02');
  });
});

/** Refused for the tenant, or for having no right to write at all. */
function refusal(answer: unknown, mayWrite: boolean): boolean {
  if (!(answer instanceof Error) || !('code' in answer) || answer.code !== '42501') return false;
  return (mayWrite ? /row-level security/ : /permission denied/).test(answer.message);
}
