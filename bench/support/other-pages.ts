import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from './client.ts';
import { processTree, proportionalMemory } from './processes.ts';

const OTHER_PAGES = ['/users', '/customers/companies', '/emails'];

/** The milliseconds of pages that one user opens one after the other. */
export async function readPages(client: Client, seconds: number): Promise<number[]> {
  const end = performance.now() + seconds * 1000;
  const samples: number[] = [];
  while (performance.now() < end)
    for (const path of OTHER_PAGES) {
      const { status, ms } = await client.get(path);
      if (status !== 200) throw new Error(`${path} returned status ${status}`);
      samples.push(ms);
      await pause(20);
    }
  return samples;
}

/** Of the process and all that it started, in MiB. */
export function treeMemory(pid: number): number {
  return processTree(pid)
    .map(proportionalMemory)
    .filter(Number.isFinite)
    .reduce((sum, mebibytes) => sum + mebibytes, 0);
}
