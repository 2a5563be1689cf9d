import { EventEmitter } from 'node:events';
import { pick, selectRow, selectRows, type Columns, type RowOf, type Rows } from './columns.ts';
import { tenantScan, type Scan } from './scan-tenants.ts';
import type { Row } from './tables.ts';
import type { TenantDb } from './tenant-db.ts';

export type QueueTable = 'emails' | 'tasks' | 'payments' | 'gateway_events' | 'sandbox_events';

/** A table whose rows are processed when `due_at` has passed. A claim moves `due_at` to the end of a lease. */
export interface Queue<Table extends QueueTable = QueueTable> {
  table: Table;
  /** The boolean column of rows that are claimed before the others of their tenant. */
  urgentColumn?: string;
  /** The time after which the rows of a worker that stopped are due again. */
  leaseSeconds: number;
  /** `due_at` is the time of business dates, which PORTAL_CLOCK moves. */
  usesClock?: boolean;
}

/** `due_at` is the end of the lease and identifies its holder. */
export interface Claimed {
  id: string;
  due_at: Date;
}

export function leaseEnd({ leaseSeconds }: Queue, now = 'now()'): string {
  return `date_trunc('milliseconds', ${now}) + interval '${leaseSeconds} seconds'`;
}

function timeOf({ usesClock }: Queue, db: { now: string }): string {
  return usesClock ? db.now : 'now()';
}

export function dueTenants(queue: Queue): Scan {
  const { table } = queue;
  return tenantScan(`due ${table}`, (db, tenantId) => {
    const rows = db
      .from(table)
      .where(tenantId === undefined ? {} : { tenant_id: tenantId })
      .where('due_at', '<=', db.raw(timeOf(queue, db)))
      .groupBy('tenant_id')
      .orderByRaw('min(due_at)')
      .limit(2000);
    return selectRows(rows, pick(table, 'tenant_id'));
  });
}

export async function claim(db: TenantDb, queue: Queue, limit: number): Promise<Claimed[]> {
  const { table, urgentColumn } = queue;
  const now = timeOf(queue, db);
  const order = urgentColumn ? `${urgentColumn} desc, due_at` : 'due_at';
  const isUrgent = urgentColumn ? `e.${urgentColumn}` : 'false';
  // Without `materialized` the planner may evaluate `due` once for each row and claim more than the limit.
  const { rows } = await db.raw<{ rows: (Claimed & { is_urgent: boolean })[] }>(
    `with due as materialized (
       select tenant_id, id from ${table} where tenant_id = ? and due_at <= ${now}
       order by ${order} limit ? for update skip locked
     )
     update ${table} e set due_at = ${leaseEnd(queue, now)} from due
     where e.tenant_id = ? and e.tenant_id = due.tenant_id and e.id = due.id
     returning e.id, e.due_at, ${isUrgent} as is_urgent`,
    [db.tenantId, limit, db.tenantId],
  );
  return rows.toSorted((one, other) => Number(other.is_urgent) - Number(one.is_urgent));
}

/** Returns undefined if the lease has been lost. */
export async function lockClaimed<Selected extends Columns>(
  db: TenantDb,
  queue: Queue,
  claimed: Claimed,
  columns: Selected,
): Promise<RowOf<Selected> | undefined> {
  const row: unknown = await selectRow(whereClaimed(db, queue, claimed).forUpdate(), columns);
  return row as RowOf<Selected> | undefined;
}

/** Makes the rows due now. */
export async function release(db: TenantDb, queue: Queue, claimed: readonly Claimed[]): Promise<void> {
  for (const row of claimed) await whereClaimed(db, queue, row).update({ due_at: db.raw(timeOf(queue, db)) });
}

/** Matches no row after the lease has been lost. */
export function whereClaimed<Table extends QueueTable>(
  db: TenantDb,
  { table }: Queue<Table>,
  { id, due_at }: Claimed,
): Rows<Row<Table>> {
  return db.from(table).where('id', id).where('due_at', due_at);
}

const wakeUps = new EventEmitter().setMaxListeners(0);

/** Wakes the workers of this process before the next poll. */
export function wakeAfterCommit(db: TenantDb, { table }: Queue): void {
  db.afterCommit(() => wake(table));
}

/** Wakes the workers of this process when another process has queued rows. */
export function wake(table: QueueTable): void {
  wakeUps.emit(table);
}

/** Returns a function that removes the listener. */
export function onWakeUp({ table }: Queue, listener: () => void): () => void {
  wakeUps.on(table, listener);
  return () => void wakeUps.off(table, listener);
}
