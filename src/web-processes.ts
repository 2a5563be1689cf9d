import cluster from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

export interface WebProcesses {
  /** Lets each drain and end. */
  stop(): Promise<void>;
}

/** It has said why itself. */
export class WebProcessFailed extends Error {}

/** What keeps dying must not keep the machine busy with starting it. */
const REST_MS = 1_000;

/**
 * Forks this program `count` times, and again for each that dies later. Answers when all of them listen.
 *
 * @throws {WebProcessFailed} when one ends before that
 */
export async function forkWeb(count: number): Promise<WebProcesses> {
  // The first alone: where it cannot listen, the others could not either, and would say so once more each.
  await forkOne();
  await Promise.all(Array.from({ length: count - 1 }, forkOne));

  let isStopping = false;
  cluster.on('exit', async () => {
    await pause(REST_MS);
    if (!isStopping) cluster.fork();
  });
  return {
    stop: async () => {
      isStopping = true;
      const forks = Object.values(cluster.workers ?? {}).filter((fork) => fork !== undefined);
      const ends = forks.map((fork) => once(fork, 'exit'));
      for (const fork of forks) fork.process.kill('SIGTERM');
      await Promise.all(ends);
    },
  };
}

async function forkOne(): Promise<void> {
  const fork = cluster.fork();
  await new Promise<void>((resolve, reject) => {
    fork.once('listening', () => resolve());
    fork.once('exit', () => reject(new WebProcessFailed('A web process could not be started.')));
  });
}
