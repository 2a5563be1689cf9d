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
/** The worker keeps about 60 MB of dictionaries in memory. */
const IDLE_MILLISECONDS = 60_000;

/** Returns why the password is easy to guess. @throws {Unavailable} when MAX_WAITING calls are waiting */
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
    : await estimate(start, all);
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

let lastId = 0;
let worker: Worker | undefined;
let idleTimer: NodeJS.Timeout | undefined;
const waiting = new Map<number, WaitingCall>();

function estimate(password: string, words: readonly string[]): Promise<Estimate> {
  if (waiting.size >= MAX_WAITING) throw new Unavailable('Too many passwords are being estimated');
  clearTimeout(idleTimer);
  const id = (lastId += 1);
  worker ??= startWorker();
  worker.ref();
  worker.postMessage({ id, password, words } satisfies EstimateRequest);
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

function startWorker(): Worker {
  const started = new Worker(strengthWorkerFile);
  started.on('message', (result: Estimate) => {
    waiting.get(result.id)?.resolve(result);
    waiting.delete(result.id);
    if (waiting.size === 0) stopWhenIdle(started);
  });
  started.on('error', (error) => {
    worker = undefined;
    for (const { reject } of waiting.values()) reject(error as Error);
    waiting.clear();
  });
  return started;
}

/** Neither the worker nor the timer keeps the process alive. */
function stopWhenIdle(idle: Worker): void {
  idle.unref();
  idleTimer = setTimeout(() => {
    worker = undefined;
    void idle.terminate();
  }, IDLE_MILLISECONDS).unref();
}
