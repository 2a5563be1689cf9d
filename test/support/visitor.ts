import { Agent } from 'node:http';
import request, { type Response, type Test } from 'supertest';
import { isSecureHost } from '../../src/http/cookies.ts';
import { CookieJar } from './cookie-jar.ts';
import type { Submission } from './page-form.ts';
import { Page } from './page.ts';
import type { TestPortal } from './portal.ts';

export interface VisitorOptions {
  /** The client's IP address; by default a new one for each visitor. */
  address?: string;
  userAgent?: string;
}

export interface RequestOptions {
  /** Added to or replacing a browser's headers; an empty header is not sent. */
  headers?: Record<string, string>;
}

type Body = Record<string, string | readonly string[]> | string | Buffer;

const MAX_REDIRECTS = 10;
// Browsers keep connections open as well.
const agent = new Agent({ keepAlive: true });
let visitors = 0;

/** Of this process, or the URL of another one. */
export interface VisitedPortal {
  server: TestPortal['server'] | string;
  config: TestPortal['config'];
}

/** A person with their own browser (without JavaScript) on one host of a portal. */
export class Visitor {
  readonly host: string;
  readonly origin: string;
  readonly address: string;
  readonly cookies: CookieJar;
  readonly #portal: VisitedPortal;
  readonly #userAgent: string;

  constructor(
    portal: VisitedPortal,
    host: string,
    { address = nextAddress(), userAgent = 'Tests/1.0' }: VisitorOptions = {},
  ) {
    const scheme = portal.config.publicScheme;
    this.#portal = portal;
    this.host = host;
    this.origin = `${scheme}://${host}`;
    this.address = address;
    this.#userAgent = userAgent;
    this.cookies = new CookieJar(isSecureHost(host, scheme));
  }

  /** Opens a path, or a URL as from an email, and follows redirects. */
  async visit(where: string, options: RequestOptions & { lint?: boolean } = {}): Promise<Page> {
    const isUrl = /^https?:/.test(where);
    const path = isUrl ? this.#pathOf(where) : where;
    return this.#arrive(path, await this.#get(path, options, isUrl), [], options.lint, isUrl);
  }

  /** Opens the link of an email as browsers do, which also follow a Refresh header. */
  async openLink(link: string): Promise<Page> {
    const page = await this.visit(link);
    return page.headers['refresh'] === undefined ? page : page.follow('Continue');
  }

  /** Submits a form of a page and follows redirects. */
  async send({ method, action, fields }: Submission, from: Page): Promise<Page> {
    const body = new URLSearchParams(fields).toString();
    const target = this.#pathOf(from.resolve(action || from.url));
    if (method === 'get') return this.visit(`${target.split('?')[0]}?${body}`);
    let path = target;
    let response = await this.post(path, body);
    while (response.status === 307) {
      path = this.#pathOf(new URL(response.headers['location'] as string, this.origin).href);
      response = await this.post(path, body);
    }
    return this.#arrive(path, response, [from.url]);
  }

  /** GET without following redirects. */
  get(path: string, options: RequestOptions = {}): Promise<Response> {
    return this.#get(path, options, false);
  }

  /** POST without following redirects, with the headers that a browser sends from our own page. */
  async post(path: string, body: Body = {}, { headers = {} }: RequestOptions = {}): Promise<Response> {
    const test = this.#prepare(request(this.#portal.server).post(path), false, {
      Origin: this.origin,
      'Sec-Fetch-Site': 'same-origin',
      'Content-Type': 'application/x-www-form-urlencoded',
      ...headers,
    });
    return this.#storeCookies(
      await test.send(typeof body === 'string' || Buffer.isBuffer(body) ? body : encode(body)),
    );
  }

  /** The POST of a form on another site, without following redirects. */
  async postCrossSite(path: string, body: Body = {}): Promise<Response> {
    const headers = { Origin: 'https://identity.example', 'Sec-Fetch-Site': 'cross-site' };
    const cookies = this.cookies.header({ isCrossSite: true, method: 'POST' });
    return this.post(path, body, { headers: { ...headers, Cookie: cookies } });
  }

  /** POST with the CSRF token, the link id and the terms version of a page, for forged forms. */
  async postFrom(page: Page, path: string, body: Record<string, string | readonly string[]> = {}) {
    const token = page.find('input[name="_csrf"]')?.getAttribute('value') ?? '';
    const kept = ['link', 'number'].flatMap((name) => {
      const value = page.find(`input[type="hidden"][name="${name}"]`)?.getAttribute('value');
      return value === undefined ? [] : [[name, value]];
    });
    return this.post(path, { _csrf: token, ...(Object.fromEntries(kept) as object), ...body });
  }

  /** POST of a multipart form with the CSRF token of a page. */
  async uploadFrom(
    page: Page,
    path: string,
    fields: Record<string, string> = {},
    files: UploadedFile[] = [],
  ) {
    const token = page.find('input[name="_csrf"]')?.getAttribute('value') ?? '';
    const parts = Object.entries({ _csrf: token, ...fields }).map(([name, value]) =>
      part(`name="${name}"`, value),
    );
    const fileParts = files.map(({ name, filename, content }) =>
      part(`name="${name}"; filename="${filename}"`, content),
    );
    const body = Buffer.concat([...parts, ...fileParts, Buffer.from('--limit--\r\n')]);
    return this.post(path, body, { headers: { 'Content-Type': 'multipart/form-data; boundary=limit' } });
  }

  /** Follows the redirects of a response of `get` or `post`. */
  arrive(path: string, response: Response): Promise<Page> {
    return this.#arrive(path, response, []);
  }

  async #get(path: string, { headers = {} }: RequestOptions, isCrossSite: boolean): Promise<Response> {
    const site = isCrossSite ? 'cross-site' : 'same-origin';
    const test = this.#prepare(request(this.#portal.server).get(path), isCrossSite, {
      'Sec-Fetch-Site': site,
      ...headers,
    });
    return this.#storeCookies(await test);
  }

  async #arrive(
    path: string,
    response: Response,
    trail: readonly string[],
    lint = true,
    isCrossSite = false,
  ): Promise<Page> {
    const location = response.headers['location'] as string | undefined;
    if (location === undefined || response.status < 300 || response.status > 399)
      return new Page(this, path, response, trail, lint);
    if (trail.length >= MAX_REDIRECTS) throw new Error(`Too many redirects: ${trail.join(' → ')}`);
    const next = this.#pathOf(new URL(location, this.origin + path).href);
    return this.#arrive(next, await this.#get(next, {}, isCrossSite), [...trail, path], lint, isCrossSite);
  }

  #prepare(test: Test, isCrossSite: boolean, headers: Record<string, string>): Test {
    const cookies = this.cookies.header({ isCrossSite });
    const sent: Record<string, string> = {
      Host: this.host,
      'X-Forwarded-For': this.address,
      'User-Agent': this.#userAgent,
      Accept: 'text/html',
      ...(cookies && { Cookie: cookies }),
      ...headers,
    };
    for (const [name, value] of Object.entries(sent)) if (value !== '') void test.set(name, value);
    return test
      .agent(agent)
      .redirects(0)
      .ok(() => true);
  }

  #storeCookies(response: Response): Response {
    this.cookies.store((response.headers['set-cookie'] as unknown as string[] | undefined) ?? []);
    return response;
  }

  #pathOf(address: string): string {
    const { origin, pathname, search } = new URL(address, this.origin);
    if (origin !== this.origin) throw new Error(`${address} leads away from ${this.origin}`);
    return pathname + search;
  }
}

export interface UploadedFile {
  /** Of the file input. */
  name: string;
  filename: string;
  content: Buffer;
}

function part(disposition: string, content: string | Buffer): Buffer {
  const head = `--limit\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(content), Buffer.from('\r\n')]);
}

function encode(body: Record<string, string | readonly string[]>): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(body)) {
    for (const each of [value].flat()) pairs.append(name, each);
  }
  return pairs.toString();
}

function nextAddress(): string {
  visitors += 1;
  return `10.${(visitors >> 16) & 255}.${(visitors >> 8) & 255}.${visitors & 255}`;
}
