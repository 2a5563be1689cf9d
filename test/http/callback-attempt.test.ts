import { expect } from 'chai';
import request from 'supertest';
import { parseSetCookie } from '../support/cookie-jar.ts';
import { signedInCustomer, type TestTenant } from '../support/factories.ts';
import type { OwnPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';
import { startTestMounts } from '../support/pipeline-routes.ts';

describe('Callbacks', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let otherHost: string;

  before(async () => {
    ({ portal, tenant, otherHost } = await startTestMounts());
  });
  after(() => portal.close());

  let visitor: Visitor;
  let state: string;

  beforeEach(async () => {
    visitor = new Visitor(portal, otherHost);
    state = (await visitor.get('/attempts/new')).text;
  });

  it('accept a form of another site whose state this browser has started, on every host of the tenant', async () => {
    const response = await visitor.postCrossSite('/callbacks/sso', { state, code: 'c1' });
    expect(response.status).to.equal(200);
    expect(response.body).to.deep.include({ attempt: { nonce: 'n1' }, actor: 'anonymous' });
    expect(response.body.body).to.eql({ state, code: 'c1' });
  });

  it('accept a link of another site, and the state of a SAML form', async () => {
    const url = `http://${otherHost}/callbacks/sso?state=${state}&code=c1`;
    const page = await visitor.visit(url, { lint: false });
    expect(JSON.parse(page.html)).to.deep.include({ attempt: { nonce: 'n1' } });
    const { text } = await visitor.get('/attempts/new');
    expect((await visitor.postCrossSite('/callbacks/sso', { RelayState: text })).status).to.equal(200);
  });

  it('consume the attempt', async () => {
    await visitor.postCrossSite('/callbacks/sso', { state });
    expectUnknownAttempt(await visitor.postCrossSite('/callbacks/sso', { state }));
  });

  it('refuse the state of another browser, an unknown state and a request without one', async () => {
    const other = new Visitor(portal, otherHost);
    await other.get('/attempts/new');
    for (const body of [{ state }, { state: 'x'.repeat(43) }, { state: '../x' }, {}])
      expectUnknownAttempt(await other.postCrossSite('/callbacks/sso', body));
    expectUnknownAttempt(await visitor.postCrossSite('/callbacks/sso', `state=${state}&state=${state}`));
    expectUnknownAttempt(await visitor.postCrossSite(`/callbacks/sso?state=${state}`));
  });

  it('refuse the state of an attempt that was started for another purpose', async () => {
    expectUnknownAttempt(await visitor.postCrossSite('/payments/sso', { state }));
    expect((await visitor.postCrossSite('/callbacks/sso', { state })).status).to.equal(200);
  });

  it('refuse an altered cookie and the cookie of another attempt', async () => {
    const name = `__Host-attempt-sso-${state}`;
    const second = (await visitor.get('/attempts/new')).text;
    visitor.cookies.set(name, visitor.cookies.get(`__Host-attempt-sso-${second}`)!);
    expectUnknownAttempt(await visitor.get(`/callbacks/sso?state=${state}`));
    visitor.cookies.set(`__Host-attempt-sso-${second}`, `${visitor.cookies.get(name)!}x`);
    expectUnknownAttempt(await visitor.get(`/callbacks/sso?state=${second}`));
  });

  it('work without the session of a logged-in user', async () => {
    const customer = await signedInCustomer(portal, tenant);
    const { text } = await customer.get('/attempts/new');
    const response = await customer.postCrossSite('/callbacks/sso', { state: text });
    expect(response.body).to.deep.include({ actor: 'anonymous', attempt: { nonce: 'n1' } });
    expect((await customer.get('/account/profile')).status).to.equal(200);
  });

  it('keep the attempt in a SameSite=None cookie, or a Lax cookie where browsers refuse Secure cookies', async () => {
    const cookieOn = async (host: string) => {
      const { headers } = await new Visitor(portal, host).get('/attempts/new');
      const lines = headers['set-cookie'] as unknown as string[];
      return lines.map(parseSetCookie).find(({ name }) => name.includes('attempt-'))!;
    };
    const secure = await cookieOn(otherHost);
    expect(secure.name).to.match(/^__Host-attempt-/);
    expect(secure.attributes.get('samesite')).to.equal('None');
    for (const attribute of ['secure', 'httponly']) expect(secure.attributes.has(attribute)).to.equal(true);
    expect(secure.attributes.get('max-age')).to.equal('600');
    const plain = await cookieOn('primary.example');
    expect(plain.name).to.match(/^attempt-/);
    expect(plain.attributes.get('samesite')).to.equal('Lax');
  });

  it('drop the oldest of more than five attempts', async () => {
    const states = [state];
    while (states.length < 6) states.push((await visitor.get('/attempts/new')).text);
    expectUnknownAttempt(await visitor.get(`/callbacks/sso?state=${state}`));
    expect((await visitor.get(`/callbacks/sso?state=${states[1]}`)).status).to.equal(200);
  });

  it('respond with 415 to other content types', async () => {
    const headers = { 'Content-Type': 'application/json' };
    expect((await visitor.post('/callbacks/sso', '{}', { headers })).status).to.equal(415);
  });
});

function expectUnknownAttempt(response: request.Response): void {
  expect(response.status).to.equal(403);
  expect(response.text).to.include('We could not continue');
}
