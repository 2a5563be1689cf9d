import { setTimeout as pause } from 'node:timers/promises';
import { createTenant, type TestTenant } from '../test/support/factories.ts';
import { inTenant } from '../src/database/in-tenant.ts';
import { startCheck, startImport, startUndo } from '../src/domain/import/import-steps.ts';
import { findStaffActor } from '../src/domain/role/staff-actor.ts';
import type { Bench } from './support/bench.ts';
import { logInStaff, type Client } from './support/client.ts';
import { fillLargeTenant } from './support/fill-large-tenant.ts';
import { copyImportedRows } from './support/copy-imported.ts';
import { prepareImport, storeImport } from './support/import-file.ts';
import { readPages } from './support/other-pages.ts';
import { workerMemory } from './support/processes.ts';
import type { Program } from './support/program.ts';
import { atMost, formatNumber, formatSamples, type JobResult } from './support/results.ts';
import { percentile } from './support/statistics.ts';

const ROWS = 100_000;
const QUICK_ROWS = 10_000;
const MILLION = 1_000_000;
const TENANT = { users: 1_000, companies: 100, emails: 1_000, events: 2_000, months: 1 };

/** An import of new users by a task, relative to a copy of the same rows by a superuser. */
export function importUsers(bench: Bench): Promise<JobResult> {
  return measureImport(bench, bench.isQuick ? QUICK_ROWS : ROWS, { hasUndo: true });
}

/** For the memory of the worker. Without an undo, which `importUsers` measures. */
export function importMillion(bench: Bench): Promise<JobResult> {
  return measureImport(bench, MILLION, { hasUndo: false });
}

interface Step {
  seconds: number;
  /** Of the worker with the process of its tasks, once a second, in MiB. */
  memory: number[];
  /** Of other pages, in ms. */
  latencies: number[];
}

async function measureImport(
  bench: Bench,
  rows: number,
  { hasUndo }: { hasUndo: boolean },
): Promise<JobResult> {
  const portal = await bench.startPortal({ RUN: 'web,worker' }, { profile: 'import' });
  try {
    const tenant = await createTenant(bench);
    await fillLargeTenant(bench.urls.superuser, tenant.id, TENANT);
    await prepareImport(bench, tenant);
    const client = await logInStaff(bench, portal, tenant);
    const id = await storeImport(bench, tenant, tenant.manager.id, rows);
    await readPages(client, bench.seconds);
    const before = await readPages(client, bench.seconds * bench.rounds);
    const memoryBefore = workerMemory(portal.pid);
    const run = (start: typeof startCheck) => runStep(bench, { portal, tenant, client, start, id });
    const check = await run(startCheck);
    const imported = await run((db, actor) => startImport(db, actor, id, { is_all_or_nothing: false }));
    await expectCounts(bench, id, { create: rows, created: rows });
    await bench.owner.query('vacuum analyze');
    const after = await readPages(client, bench.seconds * bench.rounds);
    const copy = await copyWithPages(bench, { tenant, client, id });
    const undo = hasUndo ? await run(startUndo) : undefined;
    if (undo) await expectCounts(bench, id, { create: rows, created: rows, undone: rows });
    return report(rows, { before, after, memoryBefore, check, imported, undo, copy });
  } finally {
    await portal.stop();
  }
}

interface StepInput {
  portal: Program;
  tenant: TestTenant;
  client: Client;
  start: typeof startCheck;
  id: string;
}

/** Runs a step to its end; other pages are read meanwhile. */
async function runStep(bench: Bench, { portal, tenant, client, start, id }: StepInput): Promise<Step> {
  const task = await inTenant(bench.database, tenant.id, async (db) => {
    const started = await start(db, (await findStaffActor(db, tenant.manager.id))!, id);
    if (!started.ok) throw new Error(JSON.stringify(started.errors));
    return started.task;
  });
  const [memory, latencies]: [number[], number[]] = [[], []];
  for (;;) {
    latencies.push(...(await readPages(client, 1)));
    memory.push(workerMemory(portal.pid));
    const { rows } = await bench.owner.query<{ state: string; seconds: number | null }>(
      `select state, extract(epoch from finished_at - started_at)::float8 as seconds from tasks where id = $1`,
      [task],
    );
    const { state, seconds } = rows[0]!;
    if (state === 'done') return { seconds: seconds!, memory, latencies };
    if (state !== 'queued' && state !== 'running') throw new Error(`The task is ${state}`);
    await pause(20);
  }
}

/** Other pages are read meanwhile as in the steps of the import. */
async function copyWithPages(
  bench: Bench,
  { tenant, client, id }: Pick<StepInput, 'tenant' | 'client' | 'id'>,
) {
  const latencies: number[] = [];
  const end = new AbortController();
  const readWhileRunning = async () => {
    while (!end.signal.aborted) latencies.push(...(await readPages(client, 1)));
  };
  const reading = readWhileRunning();
  const copied = await copyImportedRows(bench, tenant, id).finally(() => end.abort());
  await reading;
  return { ...copied, latencies, memory: [] };
}

async function expectCounts(bench: Bench, id: string, expected: Record<string, number>): Promise<void> {
  const { rows } = await bench.owner.query<{ counts: Record<string, number> }>(
    'select counts from imports where id = $1',
    [id],
  );
  const { counts } = rows[0]!;
  for (const [name, count] of Object.entries(expected))
    if (counts[name] !== count) throw new Error(`Rows: ${JSON.stringify(counts)}`);
}

interface Measured {
  before: number[];
  after: number[];
  memoryBefore: number;
  check: Step;
  imported: Step;
  undo: Step | undefined;
  copy: Awaited<ReturnType<typeof copyWithPages>>;
}

function report(rows: number, measured: Measured): JobResult {
  const { before, after, memoryBefore, check, imported, undo, copy } = measured;
  const duringImport = percentile([...check.latencies, ...imported.latencies], 95);
  // The pages show more as the tables grow.
  const withoutImport = percentile([...before, ...after], 95);
  const memory = [...check.memory, ...imported.memory];
  const perSecond = (seconds: number) => formatNumber(rows / seconds);
  const row = (name: string, seconds: number, step?: Step) => [
    name,
    formatNumber(seconds),
    perSecond(seconds),
    formatNumber(seconds / copy.seconds),
    step ? formatNumber(percentile(step.latencies, 95)) : '',
    step && step.memory.length > 0 ? formatSamples(step.memory) : '',
  ];
  return {
    title: `Import of ${rows} users with ten custom fields, a company and a role by a task, relative to a COPY of the rows that it wrote`,
    figures: [
      {
        name: 'import of users, of the copy',
        unit: '',
        samples: [imported.seconds / copy.seconds],
        goal: atMost(2.5, 2),
      },
      {
        name: 'check and import of users, of the copy',
        unit: '',
        samples: [(check.seconds + imported.seconds) / copy.seconds],
        goal: atMost(4, 3),
      },
      {
        name: 'p95 of other pages during an import, relative to before and after',
        unit: '',
        samples: [duringImport / withoutImport],
        goal: atMost(2, 1.5),
      },
      {
        name: 'memory added by an import',
        unit: 'MiB',
        samples: [Math.max(...memory) - memoryBefore],
        goal: atMost(150, 80),
      },
    ],
    columns: ['', 'seconds', 'rows/s', 'ratio', 'p95 of other pages, ms', 'memory of the worker, MiB'],
    rows: [
      ['before', '', '', '', formatNumber(percentile(before, 95)), formatNumber(memoryBefore)],
      row('copy', copy.seconds, copy),
      ...copy.tables.map(({ table, seconds }) => row(`… ${table}`, seconds)),
      row('check', check.seconds, check),
      row('import', imported.seconds, imported),
      ['after', '', '', '', formatNumber(percentile(after, 95)), ''],
      ...(undo ? [row('undo', undo.seconds, undo)] : []),
    ],
    notes: [
      'The copy has the same indexes and foreign keys. The same pages are read meanwhile.',
      `The p95 of other pages relative to before alone: ${formatNumber(duringImport / percentile(before, 95))}. The pages list users, companies and emails, of which there are more after the import.`,
    ],
  };
}
