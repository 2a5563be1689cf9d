import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';
import type { Caller } from './caller.ts';
import { median } from './rounds.ts';

export interface Target {
  port: number;
  /** Whose processor time is looked at. */
  pid: number;
  path: string;
  caller: Caller;
}

const CONNECTIONS = 4;
const SECONDS = 2;

/** How many requests a second are answered to a few busy connections, and what each costs the server's process. */
export async function load({ port, pid, path, caller }: Target): Promise<{ perSecond: number; cpu: number }> {
  const before = cpuSeconds(pid);
  const result = await autocannon({
    url: `http://127.0.0.1:${port}${path}`,
    connections: CONNECTIONS,
    duration: SECONDS,
    headers: caller.headers(),
  });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${path} did not always answer 200`);
  const { total } = result.requests;
  return { perSecond: total / result.duration, cpu: ((cpuSeconds(pid) - before) * 1e6) / total };
}

/** Milliseconds of the median request, one after the other over one connection. */
export async function latency(caller: Caller, path: string, times = 40): Promise<number> {
  const taken: number[] = [];
  for (let n = 0; n < times; n++) {
    const { ms, status } = await caller.get(path);
    if (status !== 200) throw new Error(`${path} answered ${status}`);
    taken.push(ms);
  }
  return median(taken);
}

/** Of Linux, in hundredths; elsewhere the column says NaN. */
function cpuSeconds(pid: number): number {
  try {
    const [, numbers = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    const [user = 0, system = 0] = numbers.split(' ').slice(11, 13).map(Number);
    return (user + system) / 100;
  } catch {
    return NaN;
  }
}
