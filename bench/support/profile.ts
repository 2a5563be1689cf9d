import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number };
  children?: number[];
}

/** The format of --cpu-prof. */
export interface CpuProfile {
  nodes: ProfileNode[];
  samples: number[];
  timeDeltas: number[];
}

export interface FunctionCost {
  name: string;
  /** Shares of the time that the process was busy. */
  self: number;
  /** With the functions that it called. */
  total: number;
}

/** The costs of each function, summed over all places that called it. Idle time is not counted. */
export function functionCosts({ nodes, samples, timeDeltas }: CpuProfile): FunctionCost[] {
  const names = new Map(nodes.map((node) => [node.id, nameOf(node)]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const self = new Map<string, number>();
  const total = new Map<string, number>();
  let busy = 0;
  for (const [n, sample] of samples.entries()) {
    const name = names.get(sample)!;
    if (name.startsWith('(idle)')) continue;
    const time = timeDeltas[n] ?? 0;
    busy += time;
    self.set(name, (self.get(name) ?? 0) + time);
    for (const caller of callersOf(sample, parents, names))
      total.set(caller, (total.get(caller) ?? 0) + time);
  }
  return [...total].map(([name, time]) => ({ name, self: (self.get(name) ?? 0) / busy, total: time / busy }));
}

/** The function and all that called it, each once in spite of recursion. */
function callersOf(id: number, parents: Map<number, number>, names: Map<number, string>): Set<string> {
  const callers = new Set<string>();
  for (let each: number | undefined = id; each !== undefined; each = parents.get(each))
    callers.add(names.get(each)!);
  return callers;
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const file = url.replace(/^.*\/(?=node_modules\/|dist\/)/, '').replace(/^dist\//, '');
  return [functionName || '(anonymous)', file && `${file}:${lineNumber + 1}`].join(' ').trim();
}

/** Reads the profile of the busiest process of the folder. Returns undefined if there is none. */
export function readBusiestProfile(folder: string): CpuProfile | undefined {
  if (!existsSync(folder)) return undefined;
  const files = readdirSync(folder).filter((file) => file.endsWith('.cpuprofile'));
  const profiles = files.map(
    (file) => JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as CpuProfile,
  );
  const busySamples = ({ nodes, samples }: CpuProfile) => {
    const idle = new Set(
      nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id),
    );
    return samples.filter((id) => !idle.has(id)).length;
  };
  return profiles.toSorted((a, b) => busySamples(b) - busySamples(a))[0];
}

export function formatCosts(costs: readonly FunctionCost[], count = 25): string {
  const lines = (key: 'self' | 'total') =>
    costs
      .toSorted((a, b) => b[key] - a[key])
      .slice(0, count)
      .map((cost) => `${(cost[key] * 100).toFixed(1).padStart(6)} %  ${cost.name}`);
  return ['Self time:', ...lines('self'), 'With called functions:', ...lines('total')].join('\n');
}
