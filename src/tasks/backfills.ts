import type { Knex } from 'knex';
import * as z from 'zod';
import { column, pick, selectRows, type Column } from '../database/columns.ts';
import { NIL_ID } from '../database/new-id.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import { companyColumns } from '../domain/company/company.ts';
import { moveFormerValues } from '../domain/custom-field/former-values.ts';
import { addressColumns } from '../domain/text/address.ts';
import type { EmailAddress } from '../domain/text/email-address.ts';
import { giveReferralCodes } from '../domain/user/referral-code.ts';
import { userColumns } from '../domain/user/user.ts';
import { TaskUnknown, type Progress, type TaskKind } from './task-kind.ts';

/** Changes the rows of a table, for every row of every tenant. */
export interface Backfill {
  table: BackfillTable;
  /** `rows` are those of one batch, in the order of their ids, locked. Returns their ids and how many were changed. */
  run(db: TenantDb, rows: Knex.QueryBuilder): Promise<{ ids: string[]; changed: number }>;
}

type BackfillTable = 'users' | 'companies';

interface DerivedRow {
  id: string;
  /** The new values, of the same columns for every row. */
  values: Record<string, string | null>;
}

/** Derives text columns again from other columns. `read` selects the columns that `derive` reads. */
export function deriveAgain<Row extends { id: string }>(
  table: BackfillTable,
  read: (rows: Knex.QueryBuilder) => PromiseLike<Row[]>,
  derive: (row: Row) => DerivedRow['values'],
): Backfill {
  return {
    table,
    run: async (db, rows) => {
      const derived = (await read(rows)).map((row) => ({ id: row.id, values: derive(row) }));
      return { ids: derived.map(({ id }) => id), changed: await updateRows(db, table, derived) };
    },
  };
}

const userDetails = {
  ...pick('users', 'id', 'first_name', 'last_name', 'phone', 'phone2', 'address'),
  email: column('users', 'email') as Column<EmailAddress | null>,
};

const foldUsers = deriveAgain(
  'users',
  (rows) => selectRows(rows, userDetails),
  (row) => {
    const { name_norm, email_order, search_text } = userColumns(row);
    return { name_norm, email_order, search_text, address_norm: addressColumns(row.address).address_norm };
  },
);

const foldCompanies = deriveAgain(
  'companies',
  (rows) => selectRows(rows, pick('companies', 'id', 'code', 'name', 'address')),
  (row) => {
    const { name_norm, search_text } = companyColumns(row);
    return { name_norm, search_text, address_norm: addressColumns(row.address).address_norm };
  },
);

const moveCustomValues: Backfill = {
  table: 'users',
  run: async (db, rows) => {
    const ids = (await selectRows(rows, pick('users', 'id'))).map(({ id }) => id);
    return { ids, changed: await moveFormerValues(db, ids) };
  },
};

/** Of customers who were created before there were codes. */
const createReferralCodes: Backfill = {
  table: 'users',
  run: async (db, rows) => {
    const columns = pick('users', 'id', 'audience', 'referral_code');
    const users = await selectRows(rows, columns);
    const missing = users.filter((user) => user.audience === 'customer' && user.referral_code === null);
    await giveReferralCodes(
      db,
      missing.map(({ id }) => id),
    );
    return { ids: users.map(({ id }) => id), changed: missing.length };
  },
};

export type Backfills = Readonly<Record<string, Backfill>>;

export const backfills: Backfills = {
  'fold-users': foldUsers,
  'fold-companies': foldCompanies,
  'move-custom-values': moveCustomValues,
  'order-users-by-email': foldUsers,
  'create-referral-codes': createReferralCodes,
};

interface Cursor {
  /** The last id. */
  after: string;
  /** Rows whose values were different. */
  changed: number;
}

export function backfillKind(all = backfills, batchSize = 1_000): TaskKind<{ name: string }, Cursor> {
  return {
    input: z.object({ name: z.string() }),
    async *run({ name }, stored) {
      if (!Object.hasOwn(all, name)) throw new TaskUnknown(`There is no backfill "${name}"`);
      const backfill = all[name]!;
      const state = { progress: stored, isFinished: false };
      while (!state.isFinished) {
        // After a deadlock the batch runs again, from the same progress.
        const before = state.progress;
        yield async (db) => {
          const { progress, rows } = await backfillBatch(db, backfill, before, batchSize);
          Object.assign(state, { progress, isFinished: rows < batchSize });
          return progress;
        };
      }
      return { changed: state.progress.cursor?.changed ?? 0 };
    },
  };
}

async function backfillBatch(
  db: TenantDb,
  backfill: Backfill,
  { cursor, done, total }: Progress<Cursor>,
  batchSize: number,
): Promise<{ progress: Progress<Cursor>; rows: number }> {
  const { after, changed } = cursor ?? { after: NIL_ID, changed: 0 };
  const counted = total ?? (await countRows(db, backfill.table));
  const query = db.from(backfill.table).where('id', '>', after).orderBy('id').limit(batchSize);
  const batch = await backfill.run(db, query.forNoKeyUpdate());
  const rows = batch.ids.length;
  const next = { after: batch.ids.at(-1) ?? after, changed: changed + batch.changed };
  const processed = done + rows;
  // Rows may have been added since they were counted.
  const progress = { cursor: next, done: processed, total: Math.max(counted, processed) };
  return { progress, rows };
}

async function countRows(db: TenantDb, table: BackfillTable): Promise<number> {
  const count = { count: db.raw<number>('count(*)::int') };
  return (await selectRows(db.from(table), count))[0]!.count;
}

/** Returns how many rows had other values. */
async function updateRows(db: TenantDb, table: BackfillTable, rows: readonly DerivedRow[]): Promise<number> {
  if (rows.length === 0) return 0;
  const columns = Object.keys(rows[0]!.values);
  const list = (alias: string) => columns.map((column) => `${alias}.${column}`).join(', ');
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `update ${table} t set ${columns.map((column) => `${column} = v.${column}`).join(', ')}
     from unnest(?::uuid[], ${columns.map(() => '?::text[]').join(', ')}) v (id, ${columns.join(', ')})
     where t.tenant_id = ? and t.id = v.id and (${list('t')}) is distinct from (${list('v')})`,
    [
      rows.map(({ id }) => id),
      ...columns.map((column) => rows.map(({ values }) => values[column]!)),
      db.tenantId,
    ],
  );
  return rowCount;
}
