import http, { type IncomingHttpHeaders } from 'node:http';
import { CookieJar } from '../../test/support/cookie-jar.ts';

export interface Answered {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  ms: number;
}

let callers = 0;

/** One visitor's browser on one host: its own address, its own cookies, one kept connection. */
export class Caller {
  readonly host: string;
  readonly cookies = new CookieJar(true);
  readonly #port: number;
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  readonly #address = `10.1.${Math.floor(++callers / 250)}.${callers % 250}`;

  constructor({ port }: { port: number }, host: string) {
    this.#port = port;
    this.host = host;
  }

  get(path: string): Promise<Answered> {
    return this.#send('GET', path);
  }

  /** A form of the page at `path`, with that page's token. */
  async submit(path: string, fields: Record<string, string>): Promise<Answered> {
    const { text } = await this.get(path);
    const token = /name="_csrf" value="([^"]*)"/.exec(text)?.[1] ?? '';
    return this.#send('POST', path, new URLSearchParams({ _csrf: token, ...fields }).toString());
  }

  /** @throws when the form was refused */
  async logIn(path: string, person: { email: string; password: string }): Promise<Answered> {
    const answered = await this.submit(path, { username: person.email, password: person.password });
    if (answered.status !== 303) throw new Error(`${person.email} could not log in: ${answered.status}`);
    return answered;
  }

  /** What autocannon sends in its place. */
  headers(): Record<string, string> {
    const cookie = this.cookies.header();
    return { host: this.host, 'x-forwarded-for': this.#address, ...(cookie && { cookie }) };
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(method: string, path: string, body?: string): Promise<Answered> {
    const begun = performance.now();
    const headers = {
      ...this.headers(),
      ...(body !== undefined && {
        origin: `https://${this.host}`,
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': Buffer.byteLength(body),
      }),
    };
    const options = { host: '127.0.0.1', port: this.#port, agent: this.#agent, method, path, headers };
    return new Promise((resolve, reject) => {
      const request = http.request(options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => {
          this.cookies.store(response.headers['set-cookie'] ?? []);
          const ms = performance.now() - begun;
          resolve({ status: response.statusCode!, headers: response.headers, text, ms });
        });
      });
      request.on('error', reject).end(body);
    });
  }
}
