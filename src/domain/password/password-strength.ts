import { Worker } from 'node:worker_threads';
import { Unavailable } from '../../errors.ts';
import { strengthWorkerFile } from '../../project-folder.ts';
import type { ErrorDetails } from '../form/parse-values.ts';

/** What an attacker knows about the user. */
export interface KnownNames {
  tenant?: { name: string; slug: string };
  /** Names and addresses. */
  user: readonly string[];
  companies: readonly string[];
}

export interface EstimateRequest {
  id: number;
  password: string;
  words: readonly string[];
}

export interface Estimate {
  id: number;
  /** 0 to 4. */
  score: number;
  /** The words of the request that the password contains. */
  known: readonly string[];
  /** The password contains one of a list of common passwords. */
  isCommon: boolean;
}

const MIN_SCORE = 3;
/** An estimate of 128 characters takes seconds; those of this length decide. */
const MAX_ESTIMATED_LENGTH = 40;
/** Shorter words occur in other passwords by chance. */
const MIN_DERIVED_LENGTH = 3;
const MAX_REST_LENGTH = 5;
const MAX_WAITING = 64;
/** Of one estimate, with the start of the worker. Most take less than half a second. */
const MAX_ESTIMATE_MILLISECONDS = 10_000;
/** The worker keeps about 60 MB of dictionaries in memory. */
const IDLE_MILLISECONDS = 60_000;

/** Returns why the password is easy to guess. @throws {Unavailable} when it cannot be estimated */
export async function findWeakness(password: string, names: KnownNames): Promise<ErrorDetails | null> {
  const { tenant, user, companies } = names;
  const words = {
    tenant: wordsOf(tenant ? [tenant.name, tenant.slug] : []),
    user: wordsOf(user),
    company: wordsOf(companies),
  };
  const all = Object.values(words).flat();
  const start = Array.from(password).slice(0, MAX_ESTIMATED_LENGTH).join('');
  const contained = wordsOfDerived(password, all);
  const { score, known, isCommon } = contained
    ? { score: 0, known: contained, isCommon: false }
    : await estimator.estimate(start, all);
  if (score >= MIN_SCORE) return null;
  const longest = known.toSorted((one, other) => other.length - one.length)[0];
  if (longest === undefined && isCommon) return { code: 'password_common' };
  if (longest === undefined) return { code: 'password_guessable' };
  if (words.user.includes(longest)) return { code: 'password_has_user' };
  if (words.company.includes(longest)) return { code: 'password_has_company' };
  return { code: 'password_has_tenant', params: { tenant: tenant!.name } };
}

/** The words of which the password consists but for a few characters; the estimate accepts a pair of them. */
function wordsOfDerived(password: string, words: readonly string[]): string[] | undefined {
  const lowered = password.toLowerCase();
  const contained = words
    .filter((word) => word.length >= MIN_DERIVED_LENGTH && lowered.includes(word))
    .toSorted((one, other) => other.length - one.length);
  const rest = contained.reduce((left, word) => left.replaceAll(word, ''), lowered);
  return contained.length > 0 && rest.length <= MAX_REST_LENGTH ? contained : undefined;
}

/** Each text, its words, and its words written together: north storage, north, storage, northstorage. */
function wordsOf(texts: readonly string[]): string[] {
  const words = texts.flatMap((text) => {
    const whole = text.normalize('NFKC').toLowerCase();
    const mailbox = whole.split('@')[0]!;
    const parts = whole.split(/[^\p{L}\p{M}\p{N}]+/u);
    return [whole, mailbox, parts.join(''), mailbox.replace(/[^\p{L}\p{M}\p{N}]+/gu, ''), ...parts];
  });
  return [...new Set(words)].filter((word) => word.length > 1);
}

interface WaitingCall {
  resolve: (estimate: Estimate) => void;
  reject: (error: Error) => void;
}

/** Estimates in a worker thread, one password after the other. */
export class StrengthEstimator {
  readonly #workerFile: URL | string;
  readonly #maxMilliseconds: number;
  readonly #waiting = new Map<number, WaitingCall>();
  #lastId = 0;
  #worker: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(workerFile: URL | string, maxMilliseconds: number) {
    this.#workerFile = workerFile;
    this.#maxMilliseconds = maxMilliseconds;
  }

  /** @throws {Unavailable} when MAX_WAITING calls are waiting, or the worker fails or does not respond */
  async estimate(password: string, words: readonly string[]): Promise<Estimate> {
    if (this.#waiting.size >= MAX_WAITING) throw new Unavailable('Too many passwords are being estimated');
    const id = (this.#lastId += 1);
    const worker = (this.#worker ??= this.#startWorker());
    worker.ref();
    worker.postMessage({ id, password, words } satisfies EstimateRequest);
    const estimate = new Promise<Estimate>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    // Later calls do not give the worker more time for the first one.
    if (this.#waiting.size === 1) this.#restartTimer();
    return estimate;
  }

  #startWorker(): Worker {
    const started = new Worker(this.#workerFile);
    started.on('message', (result: Estimate) => {
      this.#waiting.get(result.id)?.resolve(result);
      this.#waiting.delete(result.id);
      // Neither an idle worker nor the timer keeps the process alive.
      if (this.#waiting.size === 0) started.unref();
      this.#restartTimer();
    });
    started.on('error', (error) => this.#stop(started, error as Error));
    started.on('exit', () => this.#stop(started));
    return started;
  }

  /** The worker is stopped when it does not respond, and when it is idle. */
  #restartTimer(): void {
    clearTimeout(this.#timer);
    const worker = this.#worker;
    const milliseconds = this.#waiting.size > 0 ? this.#maxMilliseconds : IDLE_MILLISECONDS;
    this.#timer = setTimeout(() => this.#stop(worker), milliseconds).unref();
  }

  #stop(worker: Worker | undefined, cause?: Error): void {
    if (worker === undefined || worker !== this.#worker) return;
    clearTimeout(this.#timer);
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values())
      reject(new Unavailable('The strength of a password could not be estimated', { cause }));
    this.#waiting.clear();
    void worker.terminate();
  }
}

const estimator = new StrengthEstimator(strengthWorkerFile, MAX_ESTIMATE_MILLISECONDS);
