import pg from 'pg';
import { newId } from '../../src/database/new-id.ts';
import type { Bench } from '../support/bench.ts';

/** The tables with rows of a new user, in the order of their foreign keys, and the column that names the user or the email. */
const TABLES = {
  users: 'id',
  memberships: 'user_id',
  role_assignments: 'user_id',
  emails: 'user_id',
  audit_events: 'target_id',
};

type Row = Record<string, unknown>;

interface Insert {
  table: string;
  row: Row;
}

export interface BareInserts {
  /** The tables of the statements. */
  tables: string[];
  /** Makes the statements for another such user; the returned function sends them in one transaction and round trip. */
  prepare: () => () => Promise<void>;
  close: () => Promise<void>;
}

/**
 * Repeats the inserts of the rows that the portal has written about a user, with new ids and another address, as the
 * role of the portal and under its row level security.
 */
export async function bareInserts(
  bench: Bench,
  tenantId: string,
  email: string,
  connections: number,
): Promise<BareInserts> {
  const inserts = await readInserts(bench, tenantId, email);
  const pool = new pg.Pool({
    connectionString: bench.urls.app,
    max: connections,
    pipeline: true,
    options: '-c search_path=app',
  });
  const begin = `begin; set local app.tenant_id = '${tenantId}'`;
  let count = 0;
  const prepare = () => {
    const address = `bare.${++count}.${email}`;
    const ids = new Map<unknown, string>();
    const statements = inserts.map((insert) => toStatement(renew(insert, ids, email, address)));
    return () => sendTransaction(pool, [begin, ...statements, 'commit']);
  };
  return { tables: inserts.map(({ table }) => table), prepare, close: () => pool.end() };
}

/** Sends all statements without waiting for one another. */
async function sendTransaction(
  pool: pg.Pool,
  statements: readonly (string | pg.QueryConfig)[],
): Promise<void> {
  const client = await pool.connect();
  const results = await Promise.allSettled(statements.map((statement) => client.query(statement)));
  client.release();
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

async function readInserts({ owner }: Bench, tenantId: string, email: string): Promise<Insert[]> {
  const { rows: users } = await owner.query<{ id: string }>(
    'select id from users where tenant_id = $1 and email_norm = $2',
    [tenantId, email],
  );
  const inserts: Insert[] = [];
  const ids = [users[0]!.id];
  for (const [table, column] of Object.entries(TABLES)) {
    const { rows } = await owner.query<Row>(
      `select * from ${table} where tenant_id = $1 and ${column} = any ($2)`,
      [tenantId, ids],
    );
    inserts.push(...rows.map((row) => ({ table, row })));
    if (table === 'emails') ids.push(...rows.map((row) => String(row['id'])));
  }
  return inserts;
}

/** Renews the row's own id and message id, the ids of rows before it, and the address within texts. */
function renew({ table, row }: Insert, ids: Map<unknown, string>, email: string, address: string): Insert {
  if (typeof row['id'] === 'string') ids.set(row['id'], newId());
  if (typeof row['message_id'] === 'string') ids.set(row['message_id'], newId());
  const renewed = Object.entries(row).map(([column, value]) => {
    if (ids.has(value)) return [column, ids.get(value)];
    return [column, typeof value === 'string' ? value.replaceAll(email, address) : value];
  });
  return { table, row: Object.fromEntries(renewed) as Row };
}

function toStatement({ table, row }: Insert): pg.QueryConfig {
  const columns = Object.keys(row);
  const parameters = columns.map((_, n) => `$${n + 1}`);
  return {
    name: `insert into ${table}`,
    text: `insert into ${table} (${columns.join(', ')}) values (${parameters.join(', ')})`,
    values: Object.values(row).map((value) => (isJson(value) ? JSON.stringify(value) : value)),
  };
}

function isJson(value: unknown): boolean {
  return value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
