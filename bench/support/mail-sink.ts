import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { SMTPServer } from 'smtp-server';

const LONGEST_MS = 300_000;

/** A mail server that takes everything and keeps nothing but when it came. */
export class MailSink {
  /** When the mail to an address was taken, in milliseconds of performance.now(). */
  readonly takenAt = new Map<string, number>();
  readonly #server: SMTPServer;

  constructor() {
    this.#server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      onData: (stream, { envelope }, done) => {
        stream.resume().on('end', () => {
          for (const { address } of envelope.rcptTo) this.takenAt.set(address, performance.now());
          done();
        });
      },
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server.server, 'listening');
    return `smtp://127.0.0.1:${(this.#server.server.address() as AddressInfo).port}`;
  }

  /** When the last of these addresses got a mail, of those that came after `since`. */
  async lastOf(addresses: readonly string[], since: number): Promise<number> {
    const waiting = new Set(addresses);
    for (const end = performance.now() + LONGEST_MS; performance.now() < end; await pause(5)) {
      for (const address of waiting) {
        if ((this.takenAt.get(address) ?? 0) > since) waiting.delete(address);
      }
      if (waiting.size === 0) return Math.max(...addresses.map((address) => this.takenAt.get(address)!));
    }
    throw new Error(`${waiting.size} of ${addresses.length} mails did not come`);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(resolve));
  }
}
