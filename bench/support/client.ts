import http, { type IncomingHttpHeaders } from 'node:http';
import { CookieJar } from '../../test/support/cookie-jar.ts';
import { createStaff, type TestTenant } from '../../test/support/factories.ts';
import type { Bench } from './bench.ts';

export interface ClientResponse {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  ms: number;
}

export type FormFields = Record<string, string>;

interface SentRequest {
  method: string;
  path: string;
  connection: http.Agent;
  body?: string;
}

let clients = 0;

/** A keep-alive connection, which several clients may use in turn. */
export function openConnection(): http.Agent {
  return new http.Agent({ keepAlive: true, maxSockets: 1 });
}

/** An HTTP client of one host with its own IP address and cookies. */
export class Client {
  readonly host: string;
  readonly cookies = new CookieJar(true);
  readonly #port: number;
  readonly #ownConnection = openConnection();
  readonly #address = addressOf(++clients);

  constructor({ port }: { port: number }, host: string) {
    this.#port = port;
    this.host = host;
  }

  get(path: string, connection = this.#ownConnection): Promise<ClientResponse> {
    return this.#send({ method: 'GET', path, connection });
  }

  /** Returns the fields that a browser sends unseen: the CSRF token and the key of the form. */
  async openForm(path: string, connection = this.#ownConnection): Promise<FormFields> {
    const { status, text } = await this.get(path, connection);
    if (status !== 200) throw new Error(`${path} returned status ${status}`);
    const hidden = text.matchAll(/name="(_csrf|form_key)" value="([^"]*)"/g);
    return Object.fromEntries(Array.from(hidden, ([, name = '', value = '']) => [name, value]));
  }

  /** Returns the response of any status. */
  tryPost(path: string, fields: FormFields, connection = this.#ownConnection): Promise<ClientResponse> {
    const body = new URLSearchParams(fields).toString();
    return this.#send({ method: 'POST', path, connection, body });
  }

  /** @throws unless the response redirects to the next page */
  async post(path: string, fields: FormFields, connection = this.#ownConnection): Promise<ClientResponse> {
    const response = await this.tryPost(path, fields, connection);
    if (response.status !== 303) throw new Error(`POST ${path} returned status ${response.status}`);
    return response;
  }

  async submit(path: string, fields: FormFields, connection = this.#ownConnection): Promise<ClientResponse> {
    return this.post(path, { ...(await this.openForm(path, connection)), ...fields }, connection);
  }

  logIn(path: string, user: { email: string; password: string }, connection = this.#ownConnection) {
    return this.submit(path, { username: user.email, password: user.password }, connection);
  }

  headers(): Record<string, string> {
    const cookie = this.cookies.header();
    return { host: this.host, 'x-forwarded-for': this.#address, ...(cookie && { cookie }) };
  }

  close(): void {
    this.#ownConnection.destroy();
  }

  #send({ method, path, connection, body }: SentRequest): Promise<ClientResponse> {
    const startedAt = performance.now();
    const headers = {
      ...this.headers(),
      ...(body !== undefined && {
        origin: `https://${this.host}`,
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': Buffer.byteLength(body),
      }),
    };
    const options = { host: '127.0.0.1', port: this.#port, agent: connection, method, path, headers };
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

export async function logInStaff(
  bench: Bench,
  portal: { port: number },
  tenant: TestTenant,
): Promise<Client> {
  const client = new Client(portal, tenant.operations);
  await client.logIn('/login', await createStaff(bench, tenant));
  return client;
}

function addressOf(n: number): string {
  return `10.${Math.floor(n / 62_500)}.${Math.floor(n / 250) % 250}.${n % 250}`;
}
