import { setTimeout as delay } from 'node:timers/promises';
import { textOf } from './html.ts';
import type { Visitor } from './visitor.ts';

const WAITING = /Your payment is on its way\.|We are checking with the payment service\./;
const PAID = /Paid\. We have received your payment\./;
const INTERVAL_MS = 100;

interface Watched {
  visitor: Visitor;
  paymentOf(): Promise<{ id: string; status: string } | undefined>;
  /** Whether the payment service has the money. */
  isCharged(): boolean;
}

/** Reads the page of a payment again and again, and compares what it says with what is true. */
export class PageWatch {
  /** Pages that said that the payment has no result yet. */
  waiting = 0;
  readonly #watched: Watched;
  #pages = 0;
  #isStopping = false;
  #running: Promise<void> = Promise.resolve();
  #error: unknown;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  start(): void {
    this.#running = this.#run().catch((error: unknown) => {
      this.#error = error;
    });
  }

  /** After a page that is read from now on. @throws the first difference that was found */
  async next(): Promise<void> {
    const after = this.#pages + 2;
    while (this.#pages < after && this.#error === undefined) await delay(20);
    if (this.#error !== undefined) throw this.#error;
  }

  /** @throws the first difference that was found */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
    if (this.#error !== undefined) throw this.#error;
  }

  /** What the page says about the state; undefined while the process does not respond. */
  async read(): Promise<string | undefined> {
    const payment = await this.#watched.paymentOf();
    if (!payment) return undefined;
    try {
      const path = `/account/billing/payments/${payment.id}`;
      const page = await this.#watched.visitor.visit(path, { lint: false });
      if (page.status === 503) return undefined;
      const state = page.find('#state');
      if (!state) throw new Error(`The page of the payment has the status ${page.status}`);
      return textOf(state);
    } catch (error) {
      if (error instanceof Error && /socket hang up|ECONN/.test(error.message)) return undefined;
      throw error;
    }
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const before = await this.#watched.paymentOf();
      const text = await this.read();
      if (text !== undefined) this.#compare(before?.status, text);
      await delay(INTERVAL_MS);
    }
  }

  #compare(statusBefore: string | undefined, text: string): void {
    this.#pages += 1;
    const isPaid = PAID.test(text);
    if (isPaid && this.#watched.isCharged()) return;
    if (!isPaid && WAITING.test(text) && statusBefore !== 'succeeded') {
      this.waiting += 1;
      return;
    }
    throw new Error(`With the status ${statusBefore} the page says: ${text}`);
  }
}
