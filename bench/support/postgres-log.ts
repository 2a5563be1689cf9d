import { readFileSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { planNodes, rowsRemoved, type PlanNode } from '../../test/support/rows-read.ts';
import type { Bench } from './bench.ts';

export interface ExecutedStatement {
  'Query Text': string;
  Plan: PlanNode;
}

const MAX_ROWS = 2_500;

/** Logs the plan of each statement of the web processes, including statements within functions. */
export function enableAutoExplain(bench: Bench): Promise<void> {
  return configureAppRole(bench, {
    session_preload_libraries: 'auto_explain',
    'auto_explain.log_min_duration': '0',
    'auto_explain.log_analyze': 'on',
    'auto_explain.log_timing': 'off',
    'auto_explain.log_nested_statements': 'on',
    'auto_explain.log_format': 'json',
  });
}

/** Returns a function that lists the statements of the web processes since then that took longer. */
export async function logSlowStatements(bench: Bench, ms: number): Promise<() => string[]> {
  await configureAppRole(bench, { log_min_duration_statement: `${ms}ms` });
  const { size } = statSync(bench.postgresLog);
  return () => {
    const log = readFileSync(bench.postgresLog).subarray(size).toString();
    return Array.from(log.matchAll(/duration: [^\n]{0,500}/g), ([line]) => line);
  };
}

export async function recordPlans(
  { postgresLog }: Bench,
  request: () => Promise<unknown>,
): Promise<ExecutedStatement[]> {
  const { size } = statSync(postgresLog);
  await request();
  await pause(100);
  const log = readFileSync(postgresLog).subarray(size).toString();
  const plans = log.matchAll(/ plan:\n((?:\t.*\n)+)/g);
  return Array.from(plans, ([, json = '']) => JSON.parse(json) as ExecutedStatement);
}

/** Scans and sorts of at least {@link MAX_ROWS} rows: their cost grows with the tenant. */
export function listLargeScans({ Plan }: ExecutedStatement): string[] {
  return planNodes(Plan).flatMap((node) => {
    const name = node['Relation Name'] ?? node['Index Name'] ?? '';
    const loops = node['Actual Loops'];
    const kept = node['Actual Rows'] * loops;
    const removed = rowsRemoved(node) * loops;
    const isScanOrSort = /Scan|Sort/.test(node['Node Type']);
    if (!isScanOrSort || kept + removed < MAX_ROWS) return [];
    return [
      `${node['Node Type']} ${name}: ${Math.round(kept)} rows, ${Math.round(removed)} removed by filter`,
    ];
  });
}

/** Ends the connections of the portal, because role settings apply to new connections only. */
async function configureAppRole({ owner }: Bench, settings: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(settings))
    await owner.query(`alter role app_rw set ${name} = '${value}'`);
  await owner.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app_rw'`);
  await pause(500);
}
