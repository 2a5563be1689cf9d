import request, { type Response, type Test } from 'supertest';
import { isSecureHost } from '../../src/http/cookies.ts';
import { CookieJar } from './cookie-jar.ts';
import type { Submission } from './page-form.ts';
import { Page } from './page.ts';
import type { TestPortal } from './portal.ts';

export interface VisitorOptions {
  /** The client address; a new one for each visitor when left out. */
  address?: string;
  userAgent?: string;
}

export interface Sending {
  /** On top of, or instead of, what a browser sends. */
  headers?: Record<string, string>;
}

type Body = Record<string, string | readonly string[]> | string;

const MOST_REDIRECTS = 10;
let visitors = 0;

/** Somebody with a browser of their own (without JavaScript) on one host of a portal. */
export class Visitor {
  readonly host: string;
  readonly origin: string;
  readonly address: string;
  readonly cookies: CookieJar;
  readonly #portal: Pick<TestPortal, 'server' | 'config'>;
  readonly #userAgent: string;

  constructor(
    portal: Pick<TestPortal, 'server' | 'config'>,
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

  /** Opens a path, or a whole address as from a mail, and follows where it leads. */
  async visit(where: string, options: Sending & { lint?: boolean } = {}): Promise<Page> {
    const isWhole = /^https?:/.test(where);
    const path = isWhole ? this.#pathOf(where) : where;
    return this.#arrive(path, await this.#get(path, options, isWhole), [], options.lint, isWhole);
  }

  /** Sends a form of a page, as `page.submit` does. */
  async send({ method, action, fields }: Submission, from: Page): Promise<Page> {
    const body = new URLSearchParams(fields).toString();
    const target = this.#pathOf(from.resolve(action || from.url));
    if (method === 'get') return this.visit(`${target.split('?')[0]}?${body}`);
    return this.#arrive(target, await this.post(target, body), [from.url]);
  }

  /** One GET without following, for what a browser would not show. */
  get(path: string, options: Sending = {}): Promise<Response> {
    return this.#get(path, options, false);
  }

  /** One POST without following; the headers are a browser's on our own page. */
  async post(path: string, body: Body = {}, { headers = {} }: Sending = {}): Promise<Response> {
    const test = this.#prepare(request(this.#portal.server).post(path), false, {
      Origin: this.origin,
      'Sec-Fetch-Site': 'same-origin',
      'Content-Type': 'application/x-www-form-urlencoded',
      ...headers,
    });
    return this.#taken(await test.send(typeof body === 'string' ? body : encode(body)));
  }

  /** A POST with the form token of a page, and the mark of its one-time link, for forms that are tampered with. */
  async postFrom(page: Page, path: string, body: Record<string, string | readonly string[]> = {}) {
    const token = page.find('input[name="_csrf"]')?.getAttribute('value') ?? '';
    const mark = page.find('input[name="link"]')?.getAttribute('value');
    return this.post(path, { _csrf: token, ...(mark !== undefined && { link: mark }), ...body });
  }

  /** Reads an answer of `get` or `post` as a page, redirects followed. */
  arrive(path: string, answer: Response): Promise<Page> {
    return this.#arrive(path, answer, []);
  }

  async #get(path: string, { headers = {} }: Sending, fromElsewhere: boolean): Promise<Response> {
    const site = fromElsewhere ? 'cross-site' : 'same-origin';
    const test = this.#prepare(request(this.#portal.server).get(path), fromElsewhere, {
      'Sec-Fetch-Site': site,
      ...headers,
    });
    return this.#taken(await test);
  }

  async #arrive(
    path: string,
    answer: Response,
    trail: readonly string[],
    lint = true,
    fromElsewhere = false,
  ): Promise<Page> {
    const location = answer.headers['location'] as string | undefined;
    if (location === undefined || answer.status < 300 || answer.status > 399)
      return new Page(this, path, answer, trail, lint);
    if (trail.length >= MOST_REDIRECTS) throw new Error(`Redirects without end: ${trail.join(' → ')}`);
    const next = this.#pathOf(new URL(location, this.origin + path).href);
    return this.#arrive(
      next,
      await this.#get(next, {}, fromElsewhere),
      [...trail, path],
      lint,
      fromElsewhere,
    );
  }

  #prepare(test: Test, fromElsewhere: boolean, headers: Record<string, string>): Test {
    const cookies = this.cookies.header({ fromElsewhere });
    const sent: Record<string, string> = {
      Host: this.host,
      'X-Forwarded-For': this.address,
      'User-Agent': this.#userAgent,
      Accept: 'text/html',
      ...(cookies && { Cookie: cookies }),
      ...headers,
    };
    // An empty header of a test means: not sent at all.
    for (const [name, value] of Object.entries(sent)) if (value !== '') void test.set(name, value);
    return test.redirects(0).ok(() => true);
  }

  #taken(answer: Response): Response {
    this.cookies.take((answer.headers['set-cookie'] as unknown as string[] | undefined) ?? []);
    return answer;
  }

  #pathOf(address: string): string {
    const { origin, pathname, search } = new URL(address, this.origin);
    if (origin !== this.origin) throw new Error(`${address} leads away from ${this.origin}`);
    return pathname + search;
  }
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
