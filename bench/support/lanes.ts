import type http from 'node:http';
import { openConnection } from './client.ts';

/** Divisible by two web processes, which take new connections in turn. */
export const LANES = 8;

/** The keep-alive connections over which clients send their requests; each carries one request at a time. */
export function openConnections(count = LANES): http.Agent[] {
  return Array.from({ length: count }, openConnection);
}

/** Each lane takes the next item when its previous one is done. Returns the seconds. */
export async function eachInLanes<Lane, Item>(
  lanes: readonly Lane[],
  items: readonly Item[],
  work: (item: Item, lane: Lane) => Promise<unknown>,
): Promise<number> {
  const startedAt = performance.now();
  const remaining = items.values();
  await Promise.all(
    lanes.map(async (lane) => {
      for (const item of remaining) await work(item, lane);
    }),
  );
  return (performance.now() - startedAt) / 1000;
}
