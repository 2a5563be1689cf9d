import type { Request, Response } from 'express';
import { BadRequest, Forbidden, ForeignOrigin, Unauthorized, UnknownAttempt } from '../errors.ts';
import type { Log } from '../log.ts';

export type Refusal =
  'form token' | 'origin' | 'permission' | 'throttle' | 'attempt' | 'credentials' | 'malformed';

const MAX_LINES = 20;
const WINDOW_MS = 60_000;

/** Logs the first refused requests of each minute, and the number of all if there were more. */
export class RefusalLog {
  readonly #log: Log;
  readonly #counts = new Map<Refusal, number>();

  constructor(log: Log) {
    this.#log = log;
  }

  record(reason: Refusal, request: object): void {
    if (this.#counts.size === 0) setTimeout(() => this.#endWindow(), WINDOW_MS).unref();
    const count = (this.#counts.get(reason) ?? 0) + 1;
    this.#counts.set(reason, count);
    if (count <= MAX_LINES) this.#log.warn({ ...request, reason }, 'request refused');
  }

  #endWindow(): void {
    const refused = Object.fromEntries(this.#counts);
    this.#counts.clear();
    if (Object.values(refused).some((count) => count > MAX_LINES))
      this.#log.warn({ refused, seconds: WINDOW_MS / 1000 }, 'requests refused');
  }
}

const REASONS: [new (...args: never[]) => Error, Refusal][] = [
  [ForeignOrigin, 'origin'],
  [Forbidden, 'permission'],
  [UnknownAttempt, 'attempt'],
  [Unauthorized, 'credentials'],
  [BadRequest, 'malformed'],
];

export function refusalOf(error: unknown): Refusal | undefined {
  if ((error as { code?: unknown } | undefined)?.code === 'EBADCSRFTOKEN') return 'form token';
  return REASONS.find(([type]) => error instanceof type)?.[1];
}

/** Of a finished request. Several routes respond with 429 themselves. */
export function refusalOfRequest({ refusal }: Request, { statusCode }: Response): Refusal | undefined {
  return statusCode === 429 ? 'throttle' : refusal;
}

declare module 'express-serve-static-core' {
  interface Request {
    refusal?: Refusal | undefined;
  }
}
