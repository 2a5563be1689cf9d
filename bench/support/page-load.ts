import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';
import type { Client } from './client.ts';
import { formatNumber, formatRatio, interleavedSamples, median, medianRatio } from './results.ts';

export interface LoadTarget {
  port: number;
  pid: number;
  path: string;
  client: Client;
}

const CONNECTIONS = 4;
const SECONDS = 2;
const SAMPLES = 5;

export const PAGE_COLUMNS = ['page', 'requests/s', 'ratio', 'CPU µs', 'ratio', 'p50 ms', 'ratio'] as const;

/** Returns a row of throughput, CPU time and latency for each page, with the ratios to the first page. */
export async function comparePages(pages: Readonly<Record<string, LoadTarget>>): Promise<string[][]> {
  const targets = Object.values(pages);
  const cpu = targets.map(() => [] as number[]);
  for (const target of targets) await measureLoad(target);
  const timesPerRequest = targets.map((target, n) => async () => {
    const load = await measureLoad(target);
    cpu[n]!.push(load.cpu);
    return 1e6 / load.requestsPerSecond;
  });
  const latencies = targets.map(
    ({ client, path }) =>
      () =>
        medianLatency(client, path),
  );
  const measurements = Object.fromEntries([...timesPerRequest, ...latencies].entries());
  const samples = Object.values(await interleavedSamples(SAMPLES, measurements));

  return Object.keys(pages).map((name, n) => {
    const columns = [samples[n]!, cpu[n]!, samples[targets.length + n]!];
    const reference = [samples[0]!, cpu[0]!, samples[targets.length]!];
    const cells = columns.map((values, column) => [
      formatNumber(column === 0 ? 1e6 / median(values) : median(values)),
      formatRatio(medianRatio(values, reference[column]!)),
    ]);
    return [name, ...cells.flat()];
  });
}

/** `cpu` is the time of the server process per request, in microseconds. */
async function measureLoad(target: LoadTarget): Promise<{ requestsPerSecond: number; cpu: number }> {
  const { port, pid, path, client } = target;
  const cpuBefore = cpuSeconds(pid);
  const result = await autocannon({
    url: `http://127.0.0.1:${port}${path}`,
    connections: CONNECTIONS,
    duration: SECONDS,
    headers: client.headers(),
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`Some requests of ${path} did not return status 200`);
  const { total } = result.requests;
  return { requestsPerSecond: total / result.duration, cpu: ((cpuSeconds(pid) - cpuBefore) * 1e6) / total };
}

export async function medianLatency(client: Client, path: string, requests = 40): Promise<number> {
  const latencies: number[] = [];
  for (let n = 0; n < requests; n++) {
    const { ms, status } = await client.get(path);
    if (status !== 200) throw new Error(`${path} returned status ${status}`);
    latencies.push(ms);
  }
  return median(latencies);
}

/** Read from Linux's /proc in hundredths of a second; NaN on other systems. */
function cpuSeconds(pid: number): number {
  try {
    const [, numbers = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    const [user = 0, system = 0] = numbers.split(' ').slice(11, 13).map(Number);
    return (user + system) / 100;
  } catch {
    return NaN;
  }
}
