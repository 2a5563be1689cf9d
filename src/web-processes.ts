import cluster from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** The failed process has printed the reason already. */
export class WebProcessFailed extends Error {}

/** Limits how often a process that crashes at its start is started again. */
const RESTART_DELAY_MS = 1_000;

export class WebProcesses {
  #isStopping = false;

  /** Resolves when `count` processes listen. @throws {WebProcessFailed} when one exits before that */
  async start(count: number): Promise<void> {
    // Starts one process first, so that an error such as a taken port is printed only once.
    await this.#forkOne();
    await Promise.all(Array.from({ length: count - 1 }, () => this.#forkOne()));
    cluster.on('exit', async () => {
      await delay(RESTART_DELAY_MS);
      if (!this.#isStopping) cluster.fork();
    });
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const forks = Object.values(cluster.workers ?? {}).filter((fork) => fork !== undefined);
    const exits = forks.map((fork) => once(fork, 'exit'));
    for (const fork of forks) fork.process.kill('SIGTERM');
    await Promise.all(exits);
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
