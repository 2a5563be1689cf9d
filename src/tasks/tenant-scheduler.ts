const MIN_LIST_AGE_MS = 1_000;
const HISTORY_MS = 10 * 60_000;
const FAILURE_BACKOFF_MS = 5_000;

/** Returns the tenant that was served least recently, so that a tenant with much work does not delay the others. */
export class TenantScheduler {
  readonly #findDue: () => Promise<string[]>;
  readonly #servedAt = new Map<string, number>();
  readonly #busy = new Set<string>();
  readonly #backoffUntil = new Map<string, number>();
  #waiting: string[] = [];
  #readAt = 0;
  #maxAge = MIN_LIST_AGE_MS;

  constructor(findDue: () => Promise<string[]>) {
    this.#findDue = findDue;
  }

  async next(): Promise<string | undefined> {
    if (this.#waiting.length === 0 || Date.now() - this.#readAt > this.#maxAge) await this.#refresh();
    const tenantId = this.#waiting.shift();
    if (tenantId) this.#busy.add(tenantId);
    return tenantId;
  }

  done(tenantId: string, hasMore: boolean): void {
    this.#busy.delete(tenantId);
    this.#servedAt.set(tenantId, Date.now());
    if (hasMore && !this.#waiting.includes(tenantId)) this.#waiting.push(tenantId);
  }

  failed(tenantId: string): void {
    this.#backoffUntil.set(tenantId, Date.now() + FAILURE_BACKOFF_MS);
    this.done(tenantId, false);
  }

  async #refresh(): Promise<void> {
    const began = Date.now();
    const due = await this.#findDue();
    this.#readAt = Date.now();
    // So that a slow scan takes at most half of the time.
    this.#maxAge = Math.max(MIN_LIST_AGE_MS, this.#readAt - began);
    for (const [tenantId, at] of this.#servedAt) {
      if (at < this.#readAt - HISTORY_MS) this.#servedAt.delete(tenantId);
    }
    for (const [tenantId, until] of this.#backoffUntil) {
      if (until < this.#readAt) this.#backoffUntil.delete(tenantId);
    }
    const servedAt = (tenantId: string) => this.#servedAt.get(tenantId) ?? 0;
    this.#waiting = due
      .filter((tenantId) => !this.#busy.has(tenantId) && !this.#backoffUntil.has(tenantId))
      .sort((one, other) => servedAt(one) - servedAt(other));
  }
}
