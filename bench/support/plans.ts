import { readFileSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { BenchPortal } from './portal.ts';

interface Node {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: Node[];
}

export interface Executed {
  'Query Text': string;
  Plan: Node;
}

/** From now on the server writes down how it ran each statement of the web process, those within functions too. */
export async function watchPlans({ owner }: BenchPortal): Promise<void> {
  const settings = {
    session_preload_libraries: 'auto_explain',
    'auto_explain.log_min_duration': '0',
    'auto_explain.log_analyze': 'on',
    'auto_explain.log_timing': 'off',
    'auto_explain.log_nested_statements': 'on',
    'auto_explain.log_format': 'json',
  };
  for (const [name, value] of Object.entries(settings))
    await owner.query(`alter role app_rw set ${name} = '${value}'`);
  // Connections read such settings when they are made; the portal makes new ones.
  await owner.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app_rw'`);
  await pause(500);
}

/** What a visit made the server do. */
export async function plansOf(
  { postgresLog }: BenchPortal,
  visit: () => Promise<unknown>,
): Promise<Executed[]> {
  const { size } = statSync(postgresLog);
  await visit();
  await pause(100);
  const log = readFileSync(postgresLog).subarray(size).toString();
  const plans = log.matchAll(/ plan:\n((?:\t.*\n)+)/g);
  return Array.from(plans, ([, json = '']) => JSON.parse(json) as Executed);
}

/** More rows than any page shows, counts to or searches through. */
const TOO_MANY = 2_500;

/** What should not grow with a tenant and did: rows read, dropped or sorted by the thousand. */
export function offences({ Plan }: Executed): string[] {
  return nodesOf(Plan).flatMap((node) => {
    const of = node['Relation Name'] ?? node['Index Name'] ?? '';
    const loops = node['Actual Loops'];
    const kept = node['Actual Rows'] * loops;
    const dropped =
      ((node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) * loops;
    const isScanOrSort = /Scan|Sort/.test(node['Node Type']);
    if (!isScanOrSort || kept + dropped < TOO_MANY) return [];
    return [`${node['Node Type']} ${of}: ${Math.round(kept)} rows, and ${Math.round(dropped)} dropped`];
  });
}

function nodesOf(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}
