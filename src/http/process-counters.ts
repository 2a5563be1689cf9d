import type { Limit } from './rate-limit.ts';

interface Count {
  count: number;
  /** Milliseconds since 1970. */
  lastAt: number;
  expiresAt: number;
}

const MAX_COUNTERS = 10_000;

/** The same limits as in the table of counters, counted in the memory of this process. */
export class ProcessCounters {
  /** The counter that was used last is at the end. */
  readonly #counters = new Map<string, Count>();

  /** Returns the seconds until the counter allows an attempt, or undefined after counting it. */
  consume(key: string, limit: Limit, now = Date.now()): number | undefined {
    const stored = this.#counters.get(key);
    const current = stored && stored.expiresAt > now ? stored : undefined;
    const allowedAt = current ? nextAttemptAt(current, limit) : now;
    if (current && allowedAt > now)
      return Math.max(1, Math.ceil((Math.min(current.expiresAt, allowedAt) - now) / 1000));
    const expiresAt = now + limit.seconds * 1000;
    this.#counters.delete(key);
    this.#counters.set(key, {
      count: (current?.count ?? 0) + 1,
      lastAt: now,
      expiresAt: current && 'limit' in limit ? current.expiresAt : expiresAt,
    });
    if (this.#counters.size > MAX_COUNTERS) this.#counters.delete(this.#counters.keys().next().value!);
    return undefined;
  }

  reset(key: string): void {
    this.#counters.delete(key);
  }
}

function nextAttemptAt({ count, lastAt, expiresAt }: Count, limit: Limit): number {
  if ('limit' in limit) return count < limit.limit ? 0 : expiresAt;
  if (count < limit.free) return 0;
  return lastAt + Math.min(limit.maxWait, 2 ** Math.min(count - limit.free, 10)) * 1000;
}
