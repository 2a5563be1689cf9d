import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { SMTPServer } from 'smtp-server';

const TIMEOUT_MS = 300_000;

export class MailSink {
  /** The time of the last mail by address, in milliseconds of performance.now(). */
  readonly receivedAt = new Map<string, number>();
  /** How many mails each address received. */
  readonly #counts = new Map<string, number>();
  readonly #server: SMTPServer;

  constructor() {
    this.#server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      onData: (stream, { envelope }, done) => {
        stream.resume().on('end', () => {
          for (const { address } of envelope.rcptTo) {
            this.receivedAt.set(address, performance.now());
            this.#counts.set(address, this.received(address) + 1);
          }
          done();
        });
      },
    });
  }

  received(address: string): number {
    return this.#counts.get(address) ?? 0;
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server.server, 'listening');
    return `smtp://127.0.0.1:${(this.#server.server.address() as AddressInfo).port}`;
  }

  /** Waits until each address received a mail after `since`; returns the time of the last one. */
  async waitForAll(addresses: readonly string[], since: number): Promise<number> {
    const waiting = new Set(addresses);
    for (const end = performance.now() + TIMEOUT_MS; performance.now() < end; await pause(5)) {
      for (const address of waiting) {
        if ((this.receivedAt.get(address) ?? 0) > since) waiting.delete(address);
      }
      if (waiting.size === 0) return Math.max(...addresses.map((address) => this.receivedAt.get(address)!));
    }
    throw new Error(`${waiting.size} of ${addresses.length} mails did not arrive`);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(resolve));
  }
}
