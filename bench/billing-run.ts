import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { inTenant } from '../src/database/in-tenant.ts';
import { getBilling } from '../src/domain/billing/billing-settings.ts';
import { createTenant, type TestTenant } from '../test/support/factories.ts';
import { insertRentals } from '../test/support/many-rentals.ts';
import type { Bench } from './support/bench.ts';
import { logInStaff, type Client } from './support/client.ts';
import { createInvoicedCustomer, logInInvoicedCustomer } from './support/invoiced-customer.ts';
import { proportionalMemory } from './support/processes.ts';
import { atMost, formatNumber, type JobResult } from './support/results.ts';
import { percentile } from './support/statistics.ts';

/** What a run stores. */
const TABLES = [
  'invoices',
  'invoice_lines',
  'rental_periods',
  'ledger_entries',
  'allocations',
  'emails',
  'audit_events',
] as const;

const CREDIT_PART = 0.05;
const PAUSE_MS = 20;

/** One run that bills every rental of a tenant, beside the COPY of the rows that it stores and pages meanwhile. */
export async function billingRun(bench: Bench): Promise<JobResult> {
  const count = bench.isQuick ? 10_000 : 100_000;
  const tenant = await createTenant(bench);
  const { today } = await inTenant(bench.database, tenant.id, getBilling);
  await insertRentals((text, values) => bench.owner.query(text, values), tenant.id, { count, next: today });
  await giveCredit(bench, tenant);
  // A table that is almost empty is scanned, and the pages keep that plan while the run fills it.
  await createInvoicedCustomer(bench, { tenant: await createTenant(bench), months: 20_000 });
  await bench.owner.query('analyze');
  const portal = await bench.startPortal({ RUN: 'web' });
  try {
    const readers = await logInReaders(bench, portal);
    await readFor(readers, bench.seconds * 1000);
    const alone = await readFor(readers, bench.seconds * 1000);
    const run = await measureRun(bench, tenant, readers);
    const copySeconds = await copyRows(bench, tenant);
    return toResult({ count, alone, copySeconds, ...run });
  } finally {
    await portal.stop();
  }
}

/** A part of the customers has credit, which the run applies. */
async function giveCredit({ owner }: Bench, { id }: TestTenant): Promise<void> {
  await owner.query(
    `with credited as (
       update billing_accounts set credit_cents = 3000 where tenant_id = $1 and random() < $2 returning tenant_id, id)
     insert into ledger_entries (tenant_id, id, billing_account_id, debit, credit, amount_cents, currency, posting,
       source_type, source_id, effective_on)
     select tenant_id, gen_random_uuid(), id, 'cash', 'credit', 3000, 'USD', 'payment', 'payment', id, current_date
     from credited`,
    [id, CREDIT_PART],
  );
}

interface Reader {
  path: string;
  client: Client;
}

/** A customer and a member of staff of another tenant. */
async function logInReaders(bench: Bench, portal: { port: number }): Promise<Reader[]> {
  const tenant = await bench.smallTenant();
  return [
    { path: '/account/billing', client: await logInInvoicedCustomer(bench, portal, { tenant, months: 24 }) },
    { path: '/invoices', client: await logInStaff(bench, portal, tenant) },
  ];
}

async function readFor(readers: readonly Reader[], ms: number): Promise<Times> {
  const end = performance.now() + ms;
  return readUntil(readers, () => performance.now() >= end);
}

/** The milliseconds of each request, by the path of the page. */
type Times = Record<string, number[]>;

/** Reads the pages in turn. */
async function readUntil(readers: readonly Reader[], isOver: () => boolean): Promise<Times> {
  const times: Times = Object.fromEntries(readers.map(({ path }) => [path, []]));
  while (!isOver()) {
    for (const { path, client } of readers) {
      const { status, ms } = await client.get(path);
      if (status !== 200) throw new Error(`${path} returned status ${status}`);
      times[path]!.push(ms);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
  return times;
}

interface MeasuredRun {
  seconds: number;
  invoices: number;
  errors: number;
  meanwhile: Times;
  /** MiB: the most until a tenth of the run, and the most in its last tenth. */
  memory: { first: number; last: number };
}

/** In a process of its own, with its start. */
async function measureRun(
  bench: Bench,
  tenant: TestTenant,
  readers: readonly Reader[],
): Promise<MeasuredRun> {
  const startedAt = performance.now();
  const command = bench.startCommand(['billing:run', '--tenant', tenant.slug, '--json']);
  let isOver = false;
  const reading = readUntil(readers, () => isOver);
  const samples: number[] = [];
  const sampling = setInterval(() => samples.push(proportionalMemory(command.pid!)), 1000);
  const output = await text(command.stdout);
  const seconds = (performance.now() - startedAt) / 1000;
  isOver = true;
  clearInterval(sampling);
  const { invoices, errors } = JSON.parse(output) as { invoices: number; errors: number };
  const known = samples.filter(Number.isFinite);
  const tenth = Math.ceil(known.length / 10);
  const memory = { first: Math.max(...known.slice(0, tenth)), last: Math.max(...known.slice(-tenth)) };
  return { seconds, invoices, errors, meanwhile: await reading, memory };
}

/** The seconds that COPY takes for the same rows into tables with the same indexes, as a superuser. */
async function copyRows({ owner, dataDir }: Bench, { id }: TestTenant): Promise<number> {
  const folder = mkdtempSync(path.join(dataDir, 'copy-'));
  let seconds = 0;
  try {
    for (const table of TABLES) {
      const file = path.join(folder, table);
      await owner.query(`copy (select * from ${table} where tenant_id = '${id}') to '${file}'`);
      await owner.query(`create table copied_${table} (like ${table} including all)`);
      const startedAt = performance.now();
      await owner.query(`copy copied_${table} from '${file}'`);
      seconds += (performance.now() - startedAt) / 1000;
      await owner.query(`drop table copied_${table}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return seconds;
}

function toResult({
  count,
  alone,
  copySeconds,
  seconds,
  invoices,
  errors,
  meanwhile,
  memory,
}: MeasuredRun & { count: number; alone: Times; copySeconds: number }): JobResult {
  if (invoices !== count || errors > 0) throw new Error(`${invoices} of ${count} rentals were billed`);
  const pages = Object.keys(alone).map((path) => {
    const [before, during] = [percentile(alone[path]!, 95), percentile(meanwhile[path]!, 95)];
    return { path, before, during, ratio: during / before };
  });
  return {
    title: `A billing run of ${count} rentals of one tenant`,
    figures: [
      {
        name: 'billing run, for 100,000 rentals',
        unit: 's',
        samples: [(seconds * 100_000) / count],
        goal: atMost(60, 40),
      },
      {
        name: 'pages during a billing run, p95',
        unit: '',
        samples: [Math.max(...pages.map(({ ratio }) => ratio))],
        goal: atMost(2, 1.5),
      },
      {
        name: 'memory during a billing run, growth after a tenth',
        unit: 'MiB',
        samples: [memory.last - memory.first],
        goal: atMost(60, 30),
      },
    ],
    columns: ['what', 'seconds', 'rentals per second', 'of COPY'],
    rows: [
      ['the run', formatNumber(seconds), formatNumber(count / seconds), formatNumber(seconds / copySeconds)],
      ['COPY of the same rows', formatNumber(copySeconds), formatNumber(count / copySeconds), '1.00'],
    ],
    notes: [
      ...pages.map(
        ({ path, before, during }) =>
          `\`${path}\`: p95 ${formatNumber(before)} ms before the run, ${formatNumber(during)} ms during it.`,
      ),
      `Memory of the run (PSS): ${formatNumber(memory.first)} MiB after a tenth of it, ${formatNumber(memory.last)} MiB at its end.`,
      'The run has a process of its own, whose start is included. COPY writes to tables with the same indexes, without foreign keys.',
    ],
  };
}
