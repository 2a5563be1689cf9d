import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startBench, type Bench } from './support/bench.ts';
import { describeMachine } from './support/machine.ts';
import { formatCosts, functionCosts, readBusiestProfile } from './support/profile.ts';
import {
  formatJob,
  formatReport,
  formatTable,
  GOAL_COLUMNS,
  goalRow,
  type ReportedJob,
} from './support/report.ts';
import type { JobResult } from './support/results.ts';

type Job = (bench: Bench) => Promise<JobResult>;

/** In the order of a whole run: those on the large tenant last. */
const jobs: Record<string, () => Promise<Job>> = {
  'cold-start': async () => (await import('./cold-start.ts')).coldStart,
  login: async () => (await import('./pages.ts')).login,
  account: async () => (await import('./pages.ts')).account,
  users: async () => (await import('./pages.ts')).users,
  'create-user': async () => (await import('./writes.ts')).createUser,
  'add-customer': async () => (await import('./writes.ts')).addCustomer,
  'sign-in': async () => (await import('./sign-in.ts')).signIn,
  memory: async () => (await import('./memory.ts')).memory,
  'bulk-invitation': async () => (await import('./bulk-invitation.ts')).bulkInvitation,
  import: async () => (await import('./import.ts')).importUsers,
  outbox: async () => (await import('./outbox.ts')).outbox,
  'billing-page': async () => (await import('./billing-page.ts')).billingPage,
  'first-pages': async () => (await import('./first-pages.ts')).firstPages,
  payments: async () => (await import('./payments.ts')).payments,
  'billing-run': async () => (await import('./billing-run.ts')).billingRun,
  search: async () => (await import('./search.ts')).search,
  export: async () => (await import('./export.ts')).exportRows,
  lists: async () => (await import('./lists.ts')).lists,
};

/** Only when named. */
const optionalJobs: typeof jobs = {
  'import-million': async () => (await import('./import.ts')).importMillion,
  // Needs LibreOffice.
  spreadsheet: async () => (await import('./spreadsheet.ts')).spreadsheet,
  // Clones the repository and installs its packages.
  start: async () => (await import('./start.ts')).start,
};

const REPORT = path.resolve(import.meta.dirname, '../docs/performance.md');

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
});
const known = { ...jobs, ...optionalJobs };
const unknown = names.filter((name) => !Object.hasOwn(known, name));
if (unknown.length > 0) {
  console.error(`Unknown job: ${unknown.join(', ')}. Jobs: ${Object.keys(known).join(', ')}`);
  process.exit(64);
}
await run();

async function run(): Promise<void> {
  const bench = await startBench({
    isQuick: options.quick,
    profileDir: process.env['BENCH_PROFILE'],
    baselineDir: process.env['BENCH_BASELINE'],
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void bench.removeDatabase().finally(() => process.exit(1)));
  try {
    const reported: ReportedJob[] = [];
    for (const name of names.length > 0 ? names : Object.keys(jobs)) reported.push(await runJob(bench, name));
    printGoals(reported);
    if (names.length === 0 && !options.quick) await writeReport(bench, reported);
    if (reported.some(({ result }) => result instanceof Error)) process.exitCode = 1;
  } finally {
    await bench.close();
  }
}

async function runJob(bench: Bench, name: string): Promise<ReportedJob> {
  const startedAt = performance.now();
  const job = await known[name]!();
  const result = await job(bench).catch((error: unknown) =>
    error instanceof Error ? error : new Error(String(error)),
  );
  if (result instanceof Error) console.error(result);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.log([...formatJob({ name, result }), `Took ${seconds} s.`].join('\n\n'), '\n');
  printProfile(name);
  return { name, result };
}

function printProfile(name: string): void {
  const folder = process.env['BENCH_PROFILE'];
  const profile = folder === undefined ? undefined : readBusiestProfile(path.join(folder, name));
  if (profile) console.log(`${formatCosts(functionCosts(profile))}\n`);
}

function printGoals(reported: readonly ReportedJob[]): void {
  const figures = reported.flatMap(({ result }) => (result instanceof Error ? [] : result.figures));
  if (figures.length > 0) console.log(formatTable(GOAL_COLUMNS, figures.map(goalRow)));
}

async function writeReport(bench: Bench, reported: readonly ReportedJob[]): Promise<void> {
  const report = formatReport(await describeMachine(bench.owner), reported);
  writeFileSync(REPORT, report);
  execFileSync('npm', ['run', '--silent', 'format', '--', REPORT]);
  console.log(`\nWrote ${path.relative(process.cwd(), REPORT)}.`);
}
