import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { signatureHeader } from '../../src/gateways/signature.ts';
import { FakeError, invalid, StripeObjects, type FakeObject } from './stripe-objects.ts';

type Params = Record<string, unknown>;
export type FakeCall = 'create' | 'confirm' | 'cancel' | 'refund' | 'session' | 'account';

/** `error`: status 500 after the effect. `cut-before` and `cut-after`: the connection is closed, without or with the effect. */
export type FakeFault = 'error' | 'cut-before' | 'cut-after' | 'no-answer' | 'unavailable';

interface Answer {
  status: number;
  body: unknown;
}

interface KeyedAnswer {
  request: string;
  /** Undefined while the first request is running. */
  answer: Answer | undefined;
}

interface Request {
  method: string;
  path: string;
  params: Params;
}

/** A part of the HTTP API of Stripe, as its documentation describes it, with programmable faults. */
export class StripeFake {
  readonly secretKey = 'sk_test_ThisIsTheKeyOfTheFake1234';
  readonly webhookSecret = 'whsec_ThisIsTheSecretOfTheFake';
  readonly account = new StripeObjects();
  /** The requests that were received. */
  readonly requests: { method: string; path: string; key: string | undefined }[] = [];
  readonly #faults: { call: FakeCall; fault: FakeFault; times: number }[] = [];
  readonly #keys = new Map<string, KeyedAnswer>();
  readonly #held = new Map<FakeCall, Promise<void>>();
  #unanswered = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((req, res) => void this.#serve(req, res));
  }

  static async start(): Promise<StripeFake> {
    const fake = new StripeFake();
    fake.#server.listen(0, '127.0.0.1');
    await once(fake.#server, 'listening');
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The number of requests whose sender still waits. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /** Of the next requests of a call. The SDK sends a request again whose connection was closed. */
  failNext(call: FakeCall, fault: FakeFault, times = fault.startsWith('cut') ? 2 : 1): void {
    this.#faults.push({ call, fault, times });
  }

  /** Until the returned function is called, the calls have their effect but get no answer. */
  hold(call: FakeCall): () => void {
    let release = () => {};
    this.#held.set(call, new Promise<void>((resolve) => (release = resolve)));
    return () => {
      this.#held.delete(call);
      release();
    };
  }

  /** The events since the last call, as they are posted to a webhook. */
  takeEvents(at = new Date()): { body: Buffer; headers: Record<string, string> }[] {
    return this.account.events.splice(0).map((event) => {
      const body = Buffer.from(JSON.stringify(event));
      const signature = signatureHeader(this.webhookSecret, Math.floor(at.getTime() / 1000), body);
      return { body, headers: { 'content-type': 'application/json', 'stripe-signature': signature } };
    });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    this.#unanswered += 1;
    res.once('close', () => (this.#unanswered -= 1));
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { pathname, search } = new URL(req.url!, this.url);
    const request = { method: req.method!, path: pathname, params: parseParams(body || search.slice(1)) };
    const key = req.headers['idempotency-key'] as string | undefined;
    this.requests.push({ method: request.method, path: pathname, key });
    const call = callOf(request);
    const fault = this.#takeFault(call);
    if (fault === 'cut-before') return void req.socket.destroy();
    if (fault === 'unavailable') return send(res, { status: 503, body: serverError() });
    const isAuthorized = req.headers.authorization === `Bearer ${this.secretKey}`;
    const answer = isAuthorized ? await this.#runOnce(key, request, body, fault) : unauthorized();
    if (call) await this.#held.get(call);
    if (fault === 'cut-after') return void req.socket.destroy();
    if (fault !== 'no-answer') send(res, answer);
  }

  #takeFault(call: FakeCall | undefined): FakeFault | undefined {
    const at = this.#faults.findIndex((fault) => fault.call === call);
    const found = this.#faults[at];
    if (!found) return undefined;
    found.times -= 1;
    if (found.times === 0) this.#faults.splice(at, 1);
    return found.fault;
  }

  /** The first answer of a key is kept, also an error of the server, unless the request was refused before it began. */
  async #runOnce(
    key: string | undefined,
    request: Request,
    body: string,
    fault: FakeFault | undefined,
  ): Promise<Answer> {
    if (request.method !== 'POST') return this.#run(request);
    if (key === undefined)
      return { status: 400, body: { error: { type: 'test', message: 'A POST has no key' } } };
    const text = `${request.method} ${request.path} ${body}`;
    const stored = this.#keys.get(key);
    if (stored && stored.request !== text)
      return { status: 400, body: { error: { type: 'idempotency_error' } } };
    if (stored)
      return (
        stored.answer ?? {
          status: 409,
          body: { error: { type: 'idempotency_error', code: 'idempotency_key_in_use' } },
        }
      );
    const entry: KeyedAnswer = { request: text, answer: undefined };
    this.#keys.set(key, entry);
    await delay(20);
    const answer = this.#run(request);
    entry.answer = fault === 'error' ? { status: 500, body: serverError() } : answer;
    if (answer.status === 400 || answer.status === 404) this.#keys.delete(key);
    return entry.answer;
  }

  #run(request: Request): Answer {
    try {
      const [, route] = routes.find(([pattern]) => pattern.test(`${request.method} ${request.path}`)) ?? [];
      if (!route) throw invalid('', `Unrecognized request URL (${request.method}: ${request.path}).`, 404);
      const result = route(this.account, request.path.split('/').slice(3), request.params);
      return { status: 200, body: structuredClone(this.#expand(result, request.params['expand'])) };
    } catch (error) {
      if (error instanceof FakeError) return { status: error.status, body: structuredClone(error.body) };
      throw error;
    }
  }

  #expand(object: FakeObject, names: unknown): FakeObject {
    const expanded = ((names ?? []) as string[]).map((name) => [
      name,
      this.account.objects.get(String(object[name])) ?? object[name],
    ]);
    return { ...object, ...Object.fromEntries(expanded) };
  }
}

type Route = (account: StripeObjects, path: string[], params: Params) => FakeObject;

const routes: [RegExp, Route][] = [
  [
    /^GET \/v1\/account$/,
    () => ({ id: 'acct_1', object: 'account', settings: { dashboard: { display_name: 'Bay Storage' } } }),
  ],
  [/^POST \/v1\/customers$/, (account, _, params) => account.insert('customer', 'cus', params)],
  [/^POST \/v1\/checkout\/sessions$/, (account, _, params) => account.createSession(params)],
  [/^GET \/v1\/checkout\/sessions\/\w+$/, (account, path) => account.get('checkout.session', path[1]!)],
  [/^POST \/v1\/checkout\/sessions\/\w+\/expire$/, (account, path) => account.expireSession(path[1]!)],
  [/^POST \/v1\/payment_intents$/, (account, _, params) => account.createIntent(params)],
  [/^GET \/v1\/payment_intents\/[\w-]+$/, (account, path) => account.get('payment_intent', path[0]!)],
  [
    /^POST \/v1\/payment_intents\/\w+\/confirm$/,
    (account, path, params) => account.confirmIntent(path[0]!, params),
  ],
  [/^POST \/v1\/payment_intents\/\w+\/cancel$/, (account, path) => account.cancelIntent(path[0]!)],
  [/^GET \/v1\/payment_methods\/\w+$/, (account, path) => account.get('payment_method', path[0]!)],
  [/^POST \/v1\/payment_methods\/\w+\/detach$/, (account, path) => account.detach(path[0]!)],
  [/^POST \/v1\/refunds$/, (account, _, params) => account.refund(params)],
  [/^GET \/v1\/refunds$/, (account, _, params) => listOf(account, 'refund', 'payment_intent', params)],
  [/^GET \/v1\/refunds\/[\w-]+$/, (account, path) => account.get('refund', path[0]!)],
  [
    /^GET \/v1\/setup_intents$/,
    (account, _, params) => listOf(account, 'setup_intent', 'payment_method', params),
  ],
  [/^GET \/v1\/disputes$/, (account, _, params) => listOf(account, 'dispute', 'payment_intent', params)],
];

function listOf(account: StripeObjects, object: string, filter: string, params: Params): FakeObject {
  const data = account.list(object).filter((each) => each[filter] === params[filter]);
  return { id: '', object: 'list', data, has_more: false, url: '' };
}

function callOf({ method, path }: Request): FakeCall | undefined {
  if (path === '/v1/account') return 'account';
  if (method !== 'POST') return undefined;
  if (path === '/v1/payment_intents') return 'create';
  if (path === '/v1/refunds') return 'refund';
  if (path === '/v1/checkout/sessions') return 'session';
  return /\/(confirm|cancel)$/.exec(path)?.[1] as FakeCall | undefined;
}

function send(res: ServerResponse, { status, body }: Answer): void {
  // As for most errors, because the answer is kept.
  const headers = status === 500 ? { 'stripe-should-retry': 'false' } : {};
  res.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_fake', ...headers });
  res.end(JSON.stringify(body));
}

function serverError() {
  return { error: { type: 'api_error', message: 'An unknown error occurred' } };
}

function unauthorized(): Answer {
  return {
    status: 401,
    body: { error: { type: 'invalid_request_error', message: 'Invalid API Key provided' } },
  };
}

/** `a[b][0][c]=1` */
function parseParams(text: string): Params {
  const params: Params = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const keys = name.replaceAll(']', '').split('[');
    let target: Params = params;
    keys.forEach((key, depth) => {
      const isLast = depth === keys.length - 1;
      const isList = /^\d*$/.test(keys[depth + 1] ?? 'x');
      if (isLast) target[key === '' ? String(Object.keys(target).length) : key] = value;
      else target = (target[key] ??= isList ? [] : {}) as Params;
    });
  }
  return params;
}
