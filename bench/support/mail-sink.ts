import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { SMTPServer } from 'smtp-server';

const TIMEOUT_MS = 300_000;

export class MailSink {
  /** The time of the last mail by address, in milliseconds of performance.now(). */
  readonly receivedAt = new Map<string, number>();
  /** The Message-ID of each mail by address. */
  readonly #messages = new Map<string, string[]>();
  readonly #server: SMTPServer;

  constructor() {
    this.#server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      onData: (stream, { envelope }, done) => {
        text(stream).then((mail) => {
          const [, messageId = ''] = /^message-id: *(\S+)/im.exec(mail) ?? [];
          for (const { address } of envelope.rcptTo) {
            this.receivedAt.set(address, performance.now());
            this.#messages.set(address, [...this.messages(address), messageId]);
          }
          done();
        }, done);
      },
    });
  }

  /** The Message-IDs that the address received, also repeated ones. */
  messages(address: string): readonly string[] {
    return this.#messages.get(address) ?? [];
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
