import { setTimeout as delay } from 'node:timers/promises';
import request from 'supertest';
import type { Delivery } from './killed-payments.ts';
import type { StripeFake } from './stripe-fake.ts';

type Event = ReturnType<StripeFake['takeEvents']>[number];

interface Target {
  fake: StripeFake;
  /** Of the webhook. */
  url: string;
  host: string;
  delivery: Delivery;
}

const RETRY_MS = 50;

/** Sends the events of the fake to a process, again until it accepts them. */
export class StripeWebhooks {
  readonly #target: Target;
  #waiting: Event[] = [];
  #isLate = false;
  #isStopping = false;
  #running: Promise<void> | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** From now on the events arrive that are delivered after the payment is settled. */
  sendLate(): void {
    this.#isLate = true;
  }

  get isDone(): boolean {
    return this.#waiting.length === 0 && this.#target.fake.account.events.length === 0;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    const { fake, delivery } = this.#target;
    while (!this.#isStopping) {
      this.#waiting.push(...fake.takeEvents());
      if (delivery === 'never') this.#waiting = [];
      while (this.#isDue() && !this.#isStopping) await this.#sendFirst();
      await delay(RETRY_MS);
    }
  }

  /** Out of order: the last event first. */
  #isDue(): boolean {
    const { delivery } = this.#target;
    if (this.#waiting.length === 0) return false;
    if (delivery === 'delay') return this.#isLate;
    if (delivery !== 'out-of-order') return true;
    return this.#isLate || this.#waiting.some(({ body }) => body.includes('payment_intent.succeeded'));
  }

  async #sendFirst(): Promise<void> {
    const { delivery } = this.#target;
    const event = delivery === 'out-of-order' ? this.#waiting.at(-1)! : this.#waiting[0]!;
    const times = delivery === 'twice' ? 2 : 1;
    for (let sent = 0; sent < times; sent += 1)
      while (!(await this.#send(event))) {
        if (this.#isStopping) return;
        await delay(RETRY_MS);
      }
    this.#waiting = this.#waiting.filter((each) => each !== event);
  }

  /** Returns whether the process has accepted it. */
  async #send({ body, headers }: Event): Promise<boolean> {
    const { url, host } = this.#target;
    try {
      const response = await request(url)
        .post('')
        .set({ ...headers, Host: host })
        .send(body.toString());
      return response.status === 200;
    } catch {
      return false;
    }
  }
}
