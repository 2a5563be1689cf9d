import { createHmac } from 'node:crypto';
import net from 'node:net';
import { Router, type Request, type Response } from 'express';
import { listMounts, type Pipelines } from '../../src/app.ts';
import type { Config } from '../../src/config.ts';
import { startAttempt } from '../../src/http/callback-attempt.ts';
import { anyone, may, operator, signedIn } from '../../src/http/guards.ts';
import { multipart } from '../../src/http/multipart.ts';
import type { Mount } from '../../src/http/pipelines.ts';
import { changePrimaryHost, createDomain, createTenant, type TestTenant } from './factories.ts';
import { startPortal, type OwnPortal, type TestPortal } from './portal.ts';

export const TOKEN = 'a-token.of~the+tests/0==';
/** Of an uploaded file. */
export const MAX_BYTES = 100_000;
const SECRET = 'the secret of the provider';

/** A portal with {@link listTestMounts} and a tenant whose customer portal has a second host, `otherHost`. */
export async function startTestMounts(): Promise<{
  portal: OwnPortal;
  tenant: TestTenant;
  otherHost: string;
}> {
  const portal = await startPortal({ mounts: listTestMounts });
  const tenant = await createTenant(portal);
  const otherHost = tenant.account;
  await changePrimaryHost(portal, tenant, await createDomain(portal, tenant, 'primary.example'));
  return { portal, tenant, otherHost };
}

/** The real portals with test routes behind the other pipelines. */
export function listTestMounts(pipelines: Pipelines, config: Config): Mount[] {
  const api = pipelines.api((_req, token) => Promise.resolve(token === TOKEN ? tokenActor : undefined));
  const verifySignature = (req: Request, body: Buffer) =>
    req.get('x-signature') === sign(body, req.params['settings_id']);
  const webhooks = pipelines.webhooks(() => ({ name: 'Payments', verifySignature }));
  const { uploads, callbacks, pages } = pipelines;
  return [
    { portal: 'operations', path: '/users/imports', pipeline: uploads, routes: [uploadRoutes()] },
    { portal: 'operations', path: '/users', pipeline: uploads, routes: [Router()] },
    { portal: 'platform', path: '/logos', pipeline: uploads, routes: [operatorUploadRoutes()] },
    {
      portal: 'account',
      path: '/account/companies/:company_id/files',
      pipeline: uploads,
      routes: [companyUploadRoutes()],
    },
    { portal: 'account', path: '/api', pipeline: api, routes: [apiRoutes()] },
    {
      portal: 'account',
      path: '/webhooks/payments/:settings_id',
      pipeline: webhooks,
      routes: [Router().post('/', anyone, describeRequest)],
    },
    { portal: 'account', path: '/webhooks', pipeline: webhooks, routes: [webhookRoutes()] },
    { portal: 'account', path: '/callbacks', pipeline: callbacks('sso'), routes: [callbackRoutes()] },
    { portal: 'account', path: '/payments', pipeline: callbacks('payment'), routes: [callbackRoutes()] },
    { portal: 'account', path: '/attempts', pipeline: pages, routes: [attemptRoutes()] },
    ...listMounts(pipelines, config),
  ];
}

const tokenActor = {
  kind: 'staff',
  id: null,
  name: 'Token',
  permissions: new Set(['users.create']),
  scope: { kind: 'all' },
} as const;

const limits = { name: 'list', maxFiles: 1, maxBytes: MAX_BYTES };

function uploadRoutes(): Router {
  return Router().post('/', may('users.create'), ...multipart(limits), (req: Request, res: Response) => {
    const [list] = req.files as Express.Multer.File[];
    const { note } = req.body as { note?: string };
    res.json({ note, name: list?.originalname, content: list?.buffer.toString(), actor: req.actor.kind });
  });
}

function companyUploadRoutes(): Router {
  const routes = Router({ mergeParams: true });
  return routes.post('/', may('units.view'), ...multipart(limits), (req: Request, res: Response) => {
    res.json({ company_id: req.company?.id ?? null });
  });
}

function operatorUploadRoutes(): Router {
  return Router().post('/', operator, ...multipart(limits), describeRequest);
}

function apiRoutes(): Router {
  return Router()
    .get('/users', may('users.create'), describeRequest)
    .post('/users', may('users.create'), describeRequest)
    .post('/terms', may('terms.publish'), describeRequest)
    .get('/companies/:company_id/users', may('users.create'), describeRequest)
    .get('/me', signedIn, describeRequest)
    .get('/failure', anyone, () => {
      throw new Error('A failure of the tests');
    });
}

function webhookRoutes(): Router {
  return Router().post('/payments', anyone, describeRequest);
}

function callbackRoutes(): Router {
  return Router().get('/sso', anyone, describeRequest).post('/sso', anyone, describeRequest);
}

function attemptRoutes(): Router {
  return Router().get(
    '/new',
    anyone,
    (req, res) => void res.send(startAttempt(req, res, 'sso', { nonce: 'n1' })),
  );
}

function describeRequest(req: Request, res: Response): void {
  const body: unknown = Buffer.isBuffer(req.body) ? req.body.toString() : req.body;
  const cookie = req.headers.cookie ?? null;
  const { attempt, actor } = req;
  res.json({ body, cookie, attempt, actor: actor.kind, has_session: req.session !== undefined });
}

/** Each account of a tenant at the provider has its own secret. */
export function sign(body: string | Buffer, settingsId: string | string[] = ''): string {
  return createHmac('sha256', `${SECRET}${String(settingsId)}`)
    .update(body)
    .digest('hex');
}

/** Sends a request without its body and returns the response. */
export async function sendHead(portal: TestPortal, head: readonly string[]): Promise<string> {
  const socket = net.connect(portal.port, '127.0.0.1');
  socket.setTimeout(5000, () => socket.destroy(new Error('No response without the body')));
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  let received = '';
  for await (const chunk of socket.setEncoding('utf8')) {
    received += String(chunk);
    if (received.includes('\r\n\r\n')) break;
  }
  return received;
}
