import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { Unavailable } from '../../errors.ts';

// The value of a const enum, which isolated modules cannot import.
const ARGON2ID = 2;

/** OWASP's parameters for argon2id. Each hash contains its parameters and is renewed at login if they differ. */
const COST = { algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const CURRENT_PREFIX = `$argon2id$v=19$m=${COST.memoryCost},t=${COST.timeCost},p=${COST.parallelism}$`;

// Hashes run on the four threads of libuv, which file access and DNS lookups need as well.
const MAX_RUNNING = 2;
const MAX_WAITING = 64;

let maxRunning = runningHashesPerProcess(1, availableParallelism());

export const MAX_PASSWORD_BYTES = 512;

let running = 0;
const waiting: (() => void)[] = [];
let dummyHash: string | undefined;

/** @throws {Unavailable} when MAX_WAITING calls are waiting */
export function hashPassword(password: string): Promise<string> {
  return withConcurrencyLimit(() => hash(normalisePassword(password), COST));
}

/** Takes the same time without a stored hash. @throws {Unavailable} when MAX_WAITING calls are waiting */
export async function verifyPassword(stored: string | null | undefined, password: string): Promise<boolean> {
  const normalised = normalisePassword(password);
  const isVerifiable = typeof stored === 'string' && Buffer.byteLength(normalised) <= MAX_PASSWORD_BYTES;
  const isCorrect = await withConcurrencyLimit(async () => {
    dummyHash ??= await hash('the dummy password', COST);
    return isVerifiable ? verify(stored, normalised) : verify(dummyHash, 'another password');
  });
  return isVerifiable && isCorrect;
}

/** More hashes than cores would finish no sooner and delay other requests. */
export function shareCores(webProcesses: number): void {
  maxRunning = runningHashesPerProcess(webProcesses, availableParallelism());
}

export function runningHashesPerProcess(webProcesses: number, cores: number): number {
  return Math.max(1, Math.min(MAX_RUNNING, Math.floor(cores / webProcesses)));
}

export function needsRehash(stored: string): boolean {
  return !stored.startsWith(CURRENT_PREFIX);
}

/** Apply before measuring, checking and hashing a password. */
export function normalisePassword(password: string): string {
  return password.normalize('NFKC');
}

async function withConcurrencyLimit<Result>(work: () => Promise<Result>): Promise<Result> {
  if (running >= maxRunning) {
    if (waiting.length >= MAX_WAITING) throw new Unavailable('Too many passwords are being checked');
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else {
    running += 1;
  }
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}
