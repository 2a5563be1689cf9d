import cluster from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** The process itself has printed the reason. */
export class WebProcessFailed extends Error {}

/** A process that keeps crashing must not keep the machine busy. */
const RESTART_DELAY_MS = 1_000;

/** Forks of this program that share a port. */
export class WebProcesses {
  #isStopping = false;

  /**
   * Resolves when `count` processes listen. Each one that dies later is replaced.
   *
   * @throws {WebProcessFailed} when one exits before that
   */
  async start(count: number): Promise<void> {
    // The first one alone: if it cannot listen, the same error is not repeated by the others.
    await this.#forkOne();
    await Promise.all(Array.from({ length: count - 1 }, () => this.#forkOne()));
    cluster.on('exit', async () => {
      await delay(RESTART_DELAY_MS);
      if (!this.#isStopping) cluster.fork();
    });
  }

  /** Drains every process and waits for its exit. */
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
