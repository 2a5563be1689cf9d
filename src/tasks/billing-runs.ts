import { inTenant } from '../database/in-tenant.ts';
import { pick, selectRow } from '../database/columns.ts';
import { forEachTenant, tenantScan } from '../database/scan-tenants.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import type { Database } from '../database/pools.ts';
import { advanceRun, type RunInput, type RunProgress } from '../domain/billing-run/advance-run.ts';
import { runInput, type RunKind } from '../domain/billing-run/billing-run.ts';
import { closePagesToCharge } from '../domain/billing-run/charge-due-invoices.ts';
import { queueTask } from '../domain/task/task-actions.ts';
import { chargeDeps } from '../gateways/charge-deps.ts';
import type { Schedule } from './schedules.ts';
import type { TaskKind } from './task-kind.ts';

export const billingRunKind: TaskKind<{ kind: RunKind }, RunProgress> = {
  input: runInput,
  run: async function* (input, progress) {
    const state = { cursor: progress.cursor };
    while (state.cursor === null || state.cursor.state === 'running') {
      const before = state.cursor;
      yield async (db) => {
        const after = await advanceRun(db, input, before);
        state.cursor = after;
        return { cursor: after, done: after.processed, total: null };
      };
    }
    const { cursor } = state;
    return { invoices: cursor.invoices, errors: cursor.errors };
  },
};

/** Runs without a task: for commands. */
export async function runToEnd(database: Database, tenantId: string, input: RunInput): Promise<RunProgress> {
  let progress: RunProgress | null = null;
  do {
    const before: RunProgress | null = progress;
    progress = await inTenant(database, tenantId, (db) => advanceRun(db, input, before));
  } while (progress.state === 'running');
  return progress;
}

/** Suspended tenants are left out: their runs are due when they are resumed. */
const findDueTenants = tenantScan('due billing runs', (db, tenantId) =>
  db
    .from('billing_schedules as s')
    .join('tenants as t', 't.id', 's.tenant_id')
    .where(tenantId === undefined ? {} : { 's.tenant_id': tenantId })
    .where('t.status', 'active')
    .where('s.next_run_at', '<=', db.raw(db.now))
    .distinct<{ tenant_id: string }[]>('s.tenant_id'),
);

export const queueBillingRuns: Schedule = {
  name: 'billing runs',
  everySeconds: 30,
  run: async (deps, isStopping) => {
    const tenantIds = await findDueTenants(deps, isStopping);
    await forEachTenant(deps.log, tenantIds, async (id) => {
      if (await inTenant(deps.database, id, isAutopayDue)) await closePagesToCharge(chargeDeps(deps), id);
      await inTenant(deps.database, id, queueDueRuns);
    });
  },
};

async function isAutopayDue(db: TenantDb): Promise<boolean> {
  const schedules = db.from('billing_schedules').where({ kind: 'autopay' });
  const due = schedules.where('next_run_at', '<=', db.raw(db.now));
  return (await selectRow(due, pick('billing_schedules', 'kind'))) !== undefined;
}

/** The end of a run sets the time of the next one. If it does not end within an hour, it is queued again. */
export async function queueDueRuns(db: TenantDb): Promise<void> {
  const { rows } = await db.raw<{ rows: { kind: RunKind }[] }>(
    `update billing_schedules set next_run_at = ${db.now} + interval '1 hour'
     where tenant_id = ? and next_run_at <= ${db.now} returning kind`,
    [db.tenantId],
  );
  for (const { kind } of rows)
    await queueTask(db, { kind: 'billing-run', input: { kind }, requested_by: null });
}
