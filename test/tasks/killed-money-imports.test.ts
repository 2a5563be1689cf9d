import { expect } from 'chai';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { verifyLedger } from '../../src/domain/ledger/verify-ledger.ts';
import { createStaff, createTenant, type TestPerson, type TestTenant } from '../support/factories.ts';
import {
  findImportRow,
  insertImport,
  queueCheck,
  queueImport,
  queueUndo,
  runImports,
} from '../support/import-tasks.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import { startKilledTaskWorker } from '../support/start-killed-task-worker.ts';
import { changeTask, findTaskRow, type TaskRow } from '../support/tasks.ts';
import { createSite, createUnitType } from '../support/units.ts';

/** More than two batches. */
const ROWS = 2_100;

describe('A worker that is killed in the middle', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let staff: TestPerson;

  before(async () => {
    portal = await startPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    staff = await createStaff(portal, tenant);
    const [site, type] = [await createSite(portal, tenant), await createUnitType(portal, tenant)];
    await sql(
      portal,
      `insert into users (tenant_id, id, audience, email, email_norm, name_norm, search_text)
       select $1, gen_random_uuid(), 'customer', n || '@example.com', n || '@example.com', n || '', n || ''
       from generate_series(1, $2::int) n`,
      [tenant.id, ROWS],
    );
    await sql(
      portal,
      `insert into units (tenant_id, id, site_id, unit_type_id, code, code_norm, code_sort)
       select $1, gen_random_uuid(), $3, $4, 'A' || n, 'a' || n, 'a' || n from generate_series(1, $2::int) n`,
      [tenant.id, ROWS, site.id, type.id],
    );
    await sql(portal, 'analyze users, units');
  });
  after(() => portal.close());

  /** Kills a worker when the task has come so far, and continues in this process. */
  const killAt = async (task: string, hasCome: (row: TaskRow) => boolean) => {
    const worker = await startKilledTaskWorker(portal);
    while (!hasCome(await findTaskRow(portal, task))) await delay(2);
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    const { state } = await findTaskRow(portal, task);
    if (state === 'running' || state === 'queued') await changeTask(portal, task, { due_at: new Date(0) });
    await runImports(portal);
  };
  const checked = async (kind: 'rentals' | 'balances', lines: readonly string[]) => {
    const id = await insertImport(portal, tenant, staff.id, `${lines.join('\n')}\n`, {
      kind,
      mode: 'create',
    });
    await queueCheck(portal, tenant, staff.id, id);
    await runImports(portal);
    return id;
  };
  const numbers = Array.from({ length: ROWS }, (_, n) => n + 1);
  const count = async () =>
    (
      await sql(
        portal,
        `select (select count(*)::int from rentals where tenant_id = $1) as rentals,
          (select count(*)::int from rental_prices where tenant_id = $1) as prices,
          (select count(*)::int from units where tenant_id = $1 and status = 'occupied') as occupied,
          (select count(*)::int from users where tenant_id = $1 and is_renting) as renting,
          (select count(*)::int from audit_events where tenant_id = $1 and event = 'rental.imported') as created,
          (select count(*)::int from audit_events where tenant_id = $1 and event = 'rental.deleted') as deleted`,
        [tenant.id],
      )
    )[0];
  const isHalfDone = ({ done }: TaskRow) => done >= 1_000;

  it('of an import of rentals and of its undo loses no row and writes none twice', async function () {
    this.timeout(120_000);
    const id = await checked('rentals', [
      'customer,site,unit,starts_on',
      ...numbers.map((n) => `${n}@example.com,North,A${n},2026-01-01`),
    ]);
    await killAt(await queueImport(portal, tenant, staff.id, id), isHalfDone);
    expect(await findImportRow(portal, id)).to.deep.include({
      state: 'imported',
      counts: { create: ROWS, created: ROWS },
    });
    const all = { rentals: ROWS, prices: ROWS, occupied: ROWS, renting: ROWS, created: ROWS };
    expect(await count()).to.eql({ ...all, deleted: 0 });

    await killAt(await queueUndo(portal, tenant, staff.id, id), isHalfDone);
    expect(await findImportRow(portal, id)).to.deep.include({ state: 'undone' });
    const none = { rentals: 0, prices: 0, occupied: 0, renting: 0 };
    expect(await count()).to.eql({ ...none, created: ROWS, deleted: ROWS });
  });

  it('of an import of opening balances charges no account twice', async function () {
    this.timeout(120_000);
    const id = await checked('balances', [
      'customer,amount',
      ...numbers.map((n) => `${n}@example.com,${n % 2 === 0 ? '' : '-'}10.50`),
    ]);
    await killAt(await queueImport(portal, tenant, staff.id, id), isHalfDone);
    expect(await findImportRow(portal, id)).to.deep.include({
      state: 'imported',
      counts: { create: ROWS, created: ROWS },
    });
    const sums = await sql(
      portal,
      `select count(*)::int as accounts, sum(receivable_cents)::int as owed, sum(credit_cents)::int as credit,
         (select count(*)::int from invoices i where i.tenant_id = $1) as invoices,
         (select count(*)::int from audit_events a where a.tenant_id = $1 and a.event like '%.imported') as events
       from billing_accounts where tenant_id = $1`,
      [tenant.id],
    );
    const half = (ROWS / 2) * 1050;
    expect(sums).to.eql([{ accounts: ROWS, owed: half, credit: half, invoices: ROWS, events: ROWS }]);
    expect((await verifyLedger(portal.database, tenant.id)).difference).to.equal(null);
  });
});
