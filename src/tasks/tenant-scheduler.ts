import type { Database } from '../database/pools.ts';
import { findDueTenants } from '../mail/claim-emails.ts';

/** How old the list of tenants with due mail may be before somebody new is looked for. */
const FRESH_MS = 1_000;
const FORGET_MS = 10 * 60_000;
/** Whose mail could not be delivered for a reason of ours is left alone for so long. */
const REST_MS = 10_000;

/**
 * Whose mail is sent next: of the tenants with due mail the one that was served longest ago, and never one that is
 * being served. So a tenant with a million mails waits behind each that has one.
 */
export class TenantScheduler {
  readonly #database: Database;
  readonly #servedAt = new Map<string, number>();
  readonly #busy = new Set<string>();
  readonly #restsUntil = new Map<string, number>();
  #waiting: string[] = [];
  #readAt = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  async next(): Promise<string | undefined> {
    if (this.#waiting.length === 0 || Date.now() - this.#readAt > FRESH_MS) await this.#look();
    const tenantId = this.#waiting.shift();
    if (tenantId) this.#busy.add(tenantId);
    return tenantId;
  }

  /** Its turn is over; it queues up again at the end if it has more. */
  done(tenantId: string, hasMore: boolean): void {
    this.#busy.delete(tenantId);
    this.#servedAt.set(tenantId, Date.now());
    if (hasMore && !this.#waiting.includes(tenantId)) this.#waiting.push(tenantId);
  }

  failed(tenantId: string): void {
    this.#restsUntil.set(tenantId, Date.now() + REST_MS);
    this.done(tenantId, false);
  }

  async #look(): Promise<void> {
    const due = await findDueTenants(this.#database);
    this.#readAt = Date.now();
    for (const [tenantId, at] of this.#servedAt) {
      if (at < this.#readAt - FORGET_MS) this.#servedAt.delete(tenantId);
    }
    for (const [tenantId, until] of this.#restsUntil) {
      if (until < this.#readAt) this.#restsUntil.delete(tenantId);
    }
    const servedAt = (tenantId: string) => this.#servedAt.get(tenantId) ?? 0;
    this.#waiting = due
      .filter((tenantId) => !this.#busy.has(tenantId) && !this.#restsUntil.has(tenantId))
      .sort((one, other) => servedAt(one) - servedAt(other));
  }
}
