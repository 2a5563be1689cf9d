import type { Request, Response } from 'express';
import { BadRequest, Forbidden, ForeignOrigin, Unauthorized, UnknownAttempt } from '../errors.ts';
import type { Log } from '../log.ts';

export type Rejection =
  | 'form token'
  | 'origin'
  | 'permission'
  | 'throttle'
  | 'attempt'
  | 'credentials'
  | 'malformed';

/** Of a path in the log. */
export const MAX_PATH_LENGTH = 300;

const MAX_LINES = 20;
const WINDOW_MS = 60_000;

/** Logs the first rejected requests of each minute, and the number of all if there were more. */
export class RejectionLog {
  readonly #log: Log;
  readonly #afterWindow: (end: () => void) => void;
  readonly #counts = new Map<Rejection, number>();

  constructor(log: Log, afterWindow = (end: () => void) => void setTimeout(end, WINDOW_MS).unref()) {
    this.#log = log;
    this.#afterWindow = afterWindow;
  }

  record(reason: Rejection, request: object): void {
    if (this.#counts.size === 0) this.#afterWindow(() => this.#endWindow());
    const count = (this.#counts.get(reason) ?? 0) + 1;
    this.#counts.set(reason, count);
    if (count <= MAX_LINES) this.#log.warn({ ...request, reason }, 'request rejected');
  }

  #endWindow(): void {
    const rejected = Object.fromEntries(this.#counts);
    this.#counts.clear();
    if (Object.values(rejected).some((count) => count > MAX_LINES))
      this.#log.warn({ rejected, seconds: WINDOW_MS / 1000 }, 'requests rejected');
  }
}

const REASONS: [new (...args: never[]) => Error, Rejection][] = [
  [ForeignOrigin, 'origin'],
  [Forbidden, 'permission'],
  [UnknownAttempt, 'attempt'],
  [Unauthorized, 'credentials'],
  [BadRequest, 'malformed'],
];

export function rejectionOf(error: unknown): Rejection | undefined {
  if ((error as { code?: unknown } | undefined)?.code === 'EBADCSRFTOKEN') return 'form token';
  return REASONS.find(([type]) => error instanceof type)?.[1];
}

/** Of a finished request. Several routes respond with 429 themselves. */
export function rejectionOfRequest({ rejection }: Request, { statusCode }: Response): Rejection | undefined {
  return statusCode === 429 ? 'throttle' : rejection;
}

declare module 'express-serve-static-core' {
  interface Request {
    rejection?: Rejection | undefined;
  }
}
