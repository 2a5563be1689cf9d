import { expect } from 'chai';
import request from 'supertest';
import { newId } from '../../src/database/new-id.ts';
import { changeTenant, signedInCustomer, type TestTenant } from '../support/factories.ts';
import type { OwnPortal } from '../support/portal.ts';
import { startTestMounts, TOKEN, sendHead, sign } from '../support/pipeline-routes.ts';

describe('Callers without a browser', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let otherHost: string;

  before(async () => {
    ({ portal, tenant, otherHost } = await startTestMounts());
  });
  after(() => portal.close());

  describe('api', () => {
    const call = (method: 'get' | 'post', path: string, headers: Record<string, string> = {}) => {
      const agent = request(portal.server);
      return agent[method](path).set({ Host: otherHost, ...headers });
    };
    const bearer = { Authorization: `Bearer ${TOKEN}` };

    it('accept a JSON body with a bearer token, without Origin and on every host of the tenant', async () => {
      const response = await call('post', '/api/users', bearer).send({ name: 'Ada' });
      expect(response.status).to.equal(200);
      expect(response.body).to.deep.include({ body: { name: 'Ada' }, actor: 'staff', has_session: false });
    });

    it('ignore the cookies of a logged-in customer and set none', async () => {
      const visitor = await signedInCustomer(portal, tenant);
      const cookies = { Host: visitor.host, Cookie: visitor.cookies.header() };
      const refused = await call('post', '/api/users', cookies).send({ name: 'Ada' });
      expectProblem(refused, 401, 'Unauthorized');
      expect(refused.headers['www-authenticate']).to.equal('Bearer');

      const accepted = await call('post', '/api/users', { ...cookies, ...bearer }).send({ name: 'Ada' });
      expect(accepted.body).to.deep.include({ cookie: null, actor: 'staff', has_session: false });
      for (const { headers } of [refused, accepted]) expect(headers).not.to.have.property('set-cookie');
    });

    it('respond with 401 to an unknown token and to a malformed header', async () => {
      for (const Authorization of [
        'Bearer unknown',
        'Bearer',
        `Basic ${TOKEN}`,
        `Bearer ${TOKEN} x`,
        'Bearer ',
      ])
        expectProblem(await call('get', '/api/users', { Authorization }), 401, 'Unauthorized');
    });

    it('check the token before they read the body', async () => {
      const head = [
        'POST /api/users HTTP/1.1',
        `Host: ${otherHost}`,
        'Content-Type: application/json',
        'Content-Length: 9',
      ];
      expect(await sendHead(portal, head)).to.match(/^HTTP\/1.1 401 /);
    });

    it('respond with 403 without the permission and with 401 where a login is required', async () => {
      expectProblem(await call('post', '/api/terms', bearer), 403, 'Forbidden');
      expectProblem(await call('get', '/api/me', bearer), 401, 'Unauthorized');
    });

    it('return 404 below a company, because a token acts for no company', async () => {
      const path = `/api/companies/${newId()}/users`;
      expectProblem(await call('get', path, bearer), 404, 'Not Found');
    });

    it('respond in JSON to unknown paths, malformed bodies and other content types', async () => {
      expectProblem(await call('get', '/api/unknown', bearer), 404, 'Not Found');
      const json = { ...bearer, 'Content-Type': 'application/json' };
      expectProblem(await call('post', '/api/users', json).send('{"name":'), 400, 'Bad Request');
      expectProblem(
        await call('post', '/api/users', bearer).type('form').send({ name: 'Ada' }),
        415,
        'Unsupported Media Type',
      );
      const large = { name: 'a'.repeat(1_100_000) };
      expectProblem(await call('post', '/api/users', bearer).send(large), 413, 'Payload Too Large');
      expectProblem(await call('get', '/api/failure', bearer), 500, 'Internal Server Error');
    });

    it('respond in JSON on an unknown host', async () => {
      const response = await call('get', '/api/users', { Host: 'unknown.example' });
      expect(response.headers['content-type']).to.match(/^application\/problem\+json/);
      expect(JSON.parse(response.text)).to.eql({ status: 404, title: 'Not Found' });
    });
  });

  describe('webhooks', () => {
    const send = (body: string, headers: Record<string, string> = {}) =>
      request(portal.server)
        .post('/webhooks/payments')
        .set({ Host: otherHost, 'Content-Type': 'application/json', 'X-Signature': sign(body), ...headers })
        .send(body);

    it('pass the bytes of a signed body to the handler, from any origin and on every host of the tenant', async () => {
      const body = '{ "amount":  1 }';
      const response = await send(body, { Origin: 'https://payments.example', Cookie: 'a=b' });
      expect(response.status).to.equal(200);
      expect(response.body).to.deep.include({ body, cookie: null, actor: 'system', has_session: false });
      expect(response.headers).not.to.have.property('set-cookie');
    });

    it('respond with 400 to a wrong or missing signature', async () => {
      expectProblem(await send('{"amount":1}', { 'X-Signature': sign('{"amount":2}') }), 400, 'Bad Request');
      expectProblem(await send('{"amount":1}', { 'X-Signature': '' }), 400, 'Bad Request');
    });

    it('verify the signature with the parameters of the path of the mount', async () => {
      const post = (signature: string) =>
        request(portal.server)
          .post('/webhooks/payments/s1')
          .set({ Host: otherHost, 'Content-Type': 'application/json', 'X-Signature': signature })
          .send('{}');
      expect((await post(sign('{}', 's1'))).status).to.equal(200);
      for (const signature of [sign('{}'), sign('{}', 's2')])
        expectProblem(await post(signature), 400, 'Bad Request');
    });

    it('are received while the tenant is suspended, because a provider does not repeat them for long', async () => {
      await changeTenant(portal, tenant, { status: 'suspended' });
      expect((await send('{}')).status).to.equal(200);
      const call = request(portal.server).get('/api/users').set({ Host: otherHost });
      expect((await call.set('Authorization', `Bearer ${TOKEN}`)).status).to.equal(403);
      await changeTenant(portal, tenant, { status: 'active' });
    });

    it('verify the signature of an empty body', async () => {
      expect((await send('')).status).to.equal(200);
      expectProblem(await send('', { 'X-Signature': sign('x') }), 400, 'Bad Request');
    });

    it('refuse a compressed body, a body above 1 MB and an unknown path in JSON', async () => {
      expectProblem(await send('x', { 'Content-Encoding': 'gzip' }), 415, 'Unsupported Media Type');
      expectProblem(await send('x'.repeat(1_100_000)), 413, 'Payload Too Large');
      const unknown = request(portal.server).post('/webhooks/unknown');
      expectProblem(await unknown.set({ Host: otherHost, 'X-Signature': sign('') }), 404, 'Not Found');
    });
  });
});

function expectProblem(response: request.Response, status: number, title: string): void {
  expect(response.status).to.equal(status);
  expect(response.headers['content-type']).to.match(/^application\/problem\+json/);
  const request_id = response.headers['x-request-id'];
  expect(request_id).to.match(/^[0-9a-f]{12}$/);
  expect(JSON.parse(response.text)).to.eql({ status, title, request_id });
}
