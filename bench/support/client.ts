import http, { type IncomingHttpHeaders } from 'node:http';
import { CookieJar } from '../../test/support/cookie-jar.ts';

export interface ClientResponse {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  ms: number;
}

let clients = 0;

/** An HTTP client of one host with its own IP address, cookies and keep-alive connection. */
export class Client {
  readonly host: string;
  readonly cookies = new CookieJar(true);
  readonly #port: number;
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  readonly #address = `10.1.${Math.floor(++clients / 250)}.${clients % 250}`;

  constructor({ port }: { port: number }, host: string) {
    this.#port = port;
    this.host = host;
  }

  get(path: string): Promise<ClientResponse> {
    return this.#send('GET', path);
  }

  async submit(path: string, fields: Record<string, string>): Promise<ClientResponse> {
    const { text } = await this.get(path);
    const token = /name="_csrf" value="([^"]*)"/.exec(text)?.[1] ?? '';
    return this.#send('POST', path, new URLSearchParams({ _csrf: token, ...fields }).toString());
  }

  async logIn(path: string, user: { email: string; password: string }): Promise<ClientResponse> {
    const response = await this.submit(path, { username: user.email, password: user.password });
    if (response.status !== 303) throw new Error(`${user.email} could not log in: ${response.status}`);
    return response;
  }

  headers(): Record<string, string> {
    const cookie = this.cookies.header();
    return { host: this.host, 'x-forwarded-for': this.#address, ...(cookie && { cookie }) };
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(method: string, path: string, body?: string): Promise<ClientResponse> {
    const startedAt = performance.now();
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
          const ms = performance.now() - startedAt;
          resolve({ status: response.statusCode!, headers: response.headers, text, ms });
        });
      });
      request.on('error', reject).end(body);
    });
  }
}
