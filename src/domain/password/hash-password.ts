import { hash, verify } from '@node-rs/argon2';
import { Unavailable } from '../../errors.ts';

// The package's const enum, which isolated modules cannot read.
const ARGON2ID = 2;

/** OWASP's argon2id figures; stored in every hash, so that they can be raised and old hashes renewed at login. */
const COST = { algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const CURRENT = `$argon2id$v=19$m=${COST.memoryCost},t=${COST.timeCost},p=${COST.parallelism}$`;

// Hashes share libuv's four threads with files and name look-ups.
const MOST_RUNNING = 2;
const MOST_WAITING = 64;

/** No stored password is longer; a longer one is refused before it is hashed. */
export const MOST_BYTES = 512;

let running = 0;
const waiting: (() => void)[] = [];
let dummyHash: Promise<string> | undefined;

/** @throws {Unavailable} when 64 are waiting already */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(normalPassword(password), COST));
}

/**
 * Whether `password` is the one behind `stored`. Where nothing is stored (unknown person, no password yet) a dummy of
 * the same cost is verified, so that the answer takes as long.
 *
 * @throws {Unavailable} when 64 are waiting already
 */
export async function verifyPassword(stored: string | null | undefined, password: string): Promise<boolean> {
  dummyHash ??= hash('nobody has this password', COST);
  const typed = normalPassword(password);
  const isPossible = typeof stored === 'string' && Buffer.byteLength(typed) <= MOST_BYTES;
  const isRight = isPossible
    ? await inTurn(() => verify(stored, typed))
    : await dummyHash.then((dummy) => inTurn(() => verify(dummy, 'somebody else has')));
  return isPossible && isRight;
}

/** A hash of other parameters than today's. */
export function needsRehash(stored: string): boolean {
  return !stored.startsWith(CURRENT);
}

/** The form in which a password is counted, checked and hashed. */
export function normalPassword(password: string): string {
  return password.normalize('NFKC');
}

async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  if (running >= MOST_RUNNING) {
    if (waiting.length >= MOST_WAITING) throw new Unavailable('Too many passwords are being checked');
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
