import cluster from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

/** It has said why itself. */
export class WebProcessFailed extends Error {}

/** What keeps dying must not keep the machine busy with starting it. */
const REST_MS = 1_000;

/** This program forked: several that share a port. */
export class WebProcesses {
  #isStopping = false;

  /**
   * Answers when `count` of them listen. Each that dies later is replaced.
   *
   * @throws {WebProcessFailed} when one ends before that
   */
  async start(count: number): Promise<void> {
    // The first alone: where it cannot listen, the others could not either, and would say so once more each.
    await this.#forkOne();
    await Promise.all(Array.from({ length: count - 1 }, () => this.#forkOne()));
    cluster.on('exit', async () => {
      await pause(REST_MS);
      if (!this.#isStopping) cluster.fork();
    });
  }

  /** Lets each drain and end. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const forks = Object.values(cluster.workers ?? {}).filter((fork) => fork !== undefined);
    const ends = forks.map((fork) => once(fork, 'exit'));
    for (const fork of forks) fork.process.kill('SIGTERM');
    await Promise.all(ends);
  }

  async #forkOne(): Promise<void> {
    if (this.#isStopping) return;
    const fork = cluster.fork();
    await new Promise<void>((resolve, reject) => {
      fork.once('listening', () => resolve());
      fork.once('exit', () => {
        if (this.#isStopping) resolve();
        else reject(new WebProcessFailed('A web process could not be started.'));
      });
    });
  }
}
