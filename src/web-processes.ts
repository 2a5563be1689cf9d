import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { StartFailure } from './start-failure.ts';

export class WebProcessFailed extends Error {
  readonly exitCode: number;

  constructor({ message, exitCode }: StartFailure) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * By default, V8 collects the garbage of a busy process only when the heap is four times as large as the objects in use,
 * and keeps 32 MiB for new objects. These flags save a third of the memory and cost about 4 % of processor time.
 */
const HEAP_FLAGS = ['--max-semi-space-size=4', '--heap-growing-percent=50'];

/** Limits how often a process that crashes at its start is started again. */
const RESTART_DELAY_MS = 1_000;
/** How often the start of the portal starts a process that is killed before it listens. */
const MAX_STARTS = 3;

interface End {
  /** What the process reported. */
  failure: StartFailure | undefined;
  code: number | null;
  signal: NodeJS.Signals | null;
}

interface WebProcess {
  worker: Worker;
  /** The process waits for its parent to connect to the database. */
  waiting: Promise<unknown>;
  listening: Promise<undefined>;
  end: Promise<End>;
}

/** In a web process, which loads its modules meanwhile. */
export async function untilParentIsConnected(): Promise<void> {
  // Of a parent that has exited. The process then ends because the channel to it is closed.
  cluster.worker!.on('error', () => {});
  process.send!('waiting', () => {});
  await once(process, 'message');
}

/** In a web process: the parent prints the failure, because every process can fail for the same reason. */
export async function reportFailure(failure: StartFailure): Promise<void> {
  await new Promise((resolve) => process.send!(failure, resolve));
}

export class WebProcesses {
  #isStopping = false;
  readonly #env: object;
  readonly #processes: WebProcess[];

  /** The processes get the settings of `env` besides those of this process. */
  constructor(count: number, env: Record<string, string> = {}) {
    this.#env = env;
    cluster.setupPrimary({ execArgv: [...process.execArgv, ...HEAP_FLAGS] });
    this.#processes = Array.from({ length: count }, () => forkProcess(env));
  }

  /** After connecting to the database. Resolves when all have listened. @throws {WebProcessFailed} */
  async start(): Promise<void> {
    await Promise.all(this.#processes.map((one) => this.#start(one)));
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const workers = runningWorkers();
    const exits = workers.map((worker) => once(worker, 'exit'));
    for (const worker of workers) worker.process.kill('SIGTERM');
    await Promise.all(exits);
  }

  /** Before this process exits: a process that starts without a parent prints an error. */
  kill(): void {
    for (const worker of runningWorkers()) worker.process.kill('SIGKILL');
  }

  /** Starts another process instead of one that is killed before it listens. */
  async #start({ worker, waiting, listening, end }: WebProcess, starts = 1): Promise<void> {
    await Promise.race([waiting, end]);
    // The callback takes the error of a process that has exited.
    if (!this.#isStopping) worker.send('connected', () => {});
    const early = await Promise.race([listening, end]);
    if (!early) return void end.then((later) => this.#restart(later));
    if (this.#isStopping) return;
    if (early.failure || early.code || starts === MAX_STARTS) throw new WebProcessFailed(describe(early));
    await delay(RESTART_DELAY_MS);
    return this.#start(forkProcess(this.#env), starts + 1);
  }

  async #restart({ failure }: End): Promise<void> {
    if (failure) console.error(failure.message);
    await delay(RESTART_DELAY_MS);
    if (this.#isStopping) return;
    const started = forkProcess(this.#env);
    await this.#start(started).catch(async () => this.#restart(await started.end));
  }
}

function runningWorkers(): Worker[] {
  const workers = Object.values(cluster.workers ?? {});
  return workers.filter((worker) => worker !== undefined).filter((worker) => !worker.isDead());
}

function forkProcess(env: object): WebProcess {
  const worker = cluster.fork(env);
  return {
    worker,
    waiting: once(worker, 'message'),
    listening: once(worker, 'listening').then(() => undefined),
    end: endOf(worker),
  };
}

async function endOf(worker: Worker): Promise<End> {
  let failure: StartFailure | undefined;
  worker.on('message', (message: 'waiting' | StartFailure) => {
    if (message !== 'waiting') failure = message;
  });
  const [code, signal] = await once(worker, 'exit');
  // The exit can be noticed before the message is read. There is no event `disconnect` if connections were being passed.
  while (worker.isConnected()) await delay(10);
  return { failure, code, signal } as End;
}

function describe({ failure, code, signal }: End): StartFailure {
  const message = `A web process ended with ${signal ?? `exit code ${code}`} while it started.`;
  return failure ?? { message, exitCode: 1 };
}
