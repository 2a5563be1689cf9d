import { existsSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { BenchPortal } from './portal.ts';

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: PlanNode[];
}

export interface ExecutedStatement {
  'Query Text': string;
  Plan: PlanNode;
}

const MAX_ROWS = 2_500;

const REQUESTS = 20;

/** Logs the plan of each statement of the web process, including statements within functions. */
export function enableAutoExplain(portal: BenchPortal): Promise<void> {
  return configureAppRole(portal, {
    session_preload_libraries: 'auto_explain',
    'auto_explain.log_min_duration': '0',
    'auto_explain.log_analyze': 'on',
    'auto_explain.log_timing': 'off',
    'auto_explain.log_nested_statements': 'on',
    'auto_explain.log_format': 'json',
  });
}

export async function recordPlans(
  { postgresLog }: BenchPortal,
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
    const removed =
      ((node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) * loops;
    const isScanOrSort = /Scan|Sort/.test(node['Node Type']);
    if (!isScanOrSort || kept + removed < MAX_ROWS) return [];
    return [
      `${node['Node Type']} ${name}: ${Math.round(kept)} rows, ${Math.round(removed)} removed by filter`,
    ];
  });
}

function planNodes(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(planNodes)];
}

export async function countStatements(portal: BenchPortal, request: () => Promise<unknown>): Promise<number> {
  await configureAppRole(portal, { log_statement: 'all' });
  const counts: number[] = [];
  // The minimum excludes the refresh of the tenant directory, every ten seconds.
  for (let sample = 0; sample < 3; sample++) {
    await request();
    const before = await countLogged(portal);
    for (let n = 0; n < REQUESTS; n++) await request();
    counts.push(((await countLogged(portal)) - before) / REQUESTS);
  }
  await configureAppRole(portal, { log_statement: 'none' });
  return Math.min(...counts);
}

/** Ends the connections of the portal, because role settings apply to new connections only. */
async function configureAppRole({ owner }: BenchPortal, settings: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(settings))
    await owner.query(`alter role app_rw set ${name} = '${value}'`);
  await owner.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app_rw'`);
  await pause(500);
}

async function countLogged({ postgresLog }: BenchPortal): Promise<number> {
  await pause(200);
  const log = existsSync(postgresLog) ? readFileSync(postgresLog, 'utf8') : '';
  return log.match(/LOG: {2}(statement|execute [^:]*):/g)?.length ?? 0;
}
