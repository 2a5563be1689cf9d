import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** The failed process has printed the reason already. */
export class WebProcessFailed extends Error {}

/** Limits how often a process that crashes at its start is started again. */
const RESTART_DELAY_MS = 1_000;

interface WebProcess {
  worker: Worker;
  /** The process waits for its parent to connect to the database. */
  waiting: Promise<unknown>;
  listening: Promise<void>;
}

/** In a web process, which loads its modules meanwhile. */
export async function untilParentIsConnected(): Promise<void> {
  process.send!('waiting');
  await once(process, 'message');
}

export class WebProcesses {
  #isStopping = false;
  readonly #processes: WebProcess[];

  constructor(count: number) {
    this.#processes = Array.from({ length: count }, () => this.#fork());
  }

  /** After connecting to the database. Resolves when all listen. @throws {WebProcessFailed} when one exits before that */
  async start(): Promise<void> {
    const [first, ...others] = this.#processes;
    // One listens before the others try, so that an error such as a taken port is printed only once.
    await this.#release(first!);
    await Promise.all(others.map((one) => this.#release(one)));
    cluster.on('exit', async () => {
      await delay(RESTART_DELAY_MS);
      if (!this.#isStopping) await this.#release(this.#fork()).catch(() => {});
    });
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const forks = Object.values(cluster.workers ?? {}).filter((fork) => fork !== undefined);
    const exits = forks.map((fork) => once(fork, 'exit'));
    for (const fork of forks) fork.process.kill('SIGTERM');
    await Promise.all(exits);
  }

  #fork(): WebProcess {
    const worker = cluster.fork();
    const listening = new Promise<void>((resolve, reject) => {
      worker.once('listening', () => resolve());
      worker.once('exit', () => {
        if (this.#isStopping) resolve();
        else reject(new WebProcessFailed('A web process could not be started.'));
      });
    });
    // A process can exit before its release handles the rejection.
    listening.catch(() => {});
    return { worker, waiting: once(worker, 'message'), listening };
  }

  async #release({ worker, waiting, listening }: WebProcess): Promise<void> {
    await Promise.race([waiting, listening]);
    // The callback takes the error of a process that has exited meanwhile.
    if (!this.#isStopping) worker.send('connected', () => {});
    await listening;
  }
}
