import autocannon from 'autocannon';
import type { Bench } from './bench.ts';
import { cpuSeconds } from './processes.ts';
import { formatNumber, formatSamples } from './results.ts';
import { interleavedSamples, median, ratios } from './statistics.ts';

export interface LoadTarget {
  port: number;
  pid: number;
  path: string;
  headers: Record<string, string>;
}

export interface Load {
  perSecond: number;
  /** CPU time of the server and of the database per request. */
  serverMs: number;
  databaseMs: number;
  p50: number;
  p99: number;
}

/** Divisible by two processes, which take new connections in turn. */
const CONNECTIONS = 16;

export const LOAD_COLUMNS = [
  'server',
  'requests/s',
  'ratio',
  'CPU ms: server',
  'database',
  'p99 ms',
] as const;

/** Loads all targets in turn, each one warmed before the first round. */
export async function measureTargets(
  bench: Bench,
  targets: Readonly<Record<string, LoadTarget>>,
): Promise<Record<string, Load[]>> {
  for (const target of Object.values(targets)) await measureLoad(bench, target);
  const measurements = Object.entries(targets).map(([name, target]) => [
    name,
    () => measureLoad(bench, target),
  ]);
  return interleavedSamples<string, Load>(bench.rounds, Object.fromEntries(measurements));
}

export async function measureLoad(
  bench: Bench,
  { port, pid, path, headers }: LoadTarget,
  { seconds = bench.seconds, connections = CONNECTIONS } = {},
): Promise<Load> {
  const { postmasterPid } = bench;
  const before = [cpuSeconds(pid), cpuSeconds(postmasterPid)] as const;
  const result = await autocannon({
    url: `http://127.0.0.1:${port}${path}`,
    connections,
    duration: seconds,
    headers,
  });
  const { total } = result.requests;
  const failed = result.non2xx + result.errors;
  if (failed > 0) throw new Error(`${failed} of ${total} requests of ${path} did not return status 200`);
  return {
    perSecond: total / result.duration,
    serverMs: ((cpuSeconds(pid) - before[0]) * 1000) / total,
    databaseMs: ((cpuSeconds(postmasterPid) - before[1]) * 1000) / total,
    p50: result.latency.p50,
    p99: result.latency.p99,
  };
}

export function loadRow(name: string, loads: readonly Load[], reference: readonly Load[]): string[] {
  const column = (key: keyof Load) => loads.map((load) => load[key]);
  return [
    name,
    formatSamples(column('perSecond')),
    formatSamples(throughputRatios(loads, reference)),
    formatNumber(median(column('serverMs'))),
    formatNumber(median(column('databaseMs'))),
    formatNumber(median(column('p99'))),
  ];
}

export function throughputRatios(loads: readonly Load[], reference: readonly Load[]): number[] {
  const perSecond = (all: readonly Load[]) => all.map((load) => load.perSecond);
  return ratios(perSecond(loads), perSecond(reference));
}
