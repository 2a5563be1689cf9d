import { expect } from 'chai';
import { Router, type Request, type Response } from 'express';
import request from 'supertest';
import { mountRoutes, pipeline, type Mount } from '../../src/http/pipelines.ts';
import { signedInCustomer, type TestTenant } from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';
import { listTestMounts, startTestMounts } from '../support/pipeline-routes.ts';

describe('The pages', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let otherHost: string;

  before(async () => {
    ({ portal, tenant, otherHost } = await startTestMounts());
  });
  after(() => portal.close());

  it('refuse a form of another site, in which a browser sends no Lax cookie', async () => {
    const visitor = await signedInCustomer(portal, tenant);
    const response = await visitor.postCrossSite('/account/profile', { phone: '1' });
    expect(response.status).to.equal(403);
    expect(response.text).to.include('This form came from another site');
    expect(visitor.cookies.header({ isCrossSite: true, method: 'POST' })).to.equal('');
  });

  it('redirect a visitor of another host to the primary host', async () => {
    const { status } = await new Visitor(portal, otherHost).get('/account/login', {
      headers: { 'Sec-Fetch-Site': 'none' },
    });
    expect(status).to.equal(302);
  });
});

describe('Pipelines before the start', () => {
  it('respond with 503 in JSON to API calls and webhooks and with a page to the others', async () => {
    const portal = await startPortal({ mounts: listTestMounts, isStarted: () => false });
    try {
      for (const path of ['/api/users', '/webhooks/payments']) {
        const response = await request(portal.server).get(path);
        expect(JSON.parse(response.text)).to.eql({ status: 503, title: 'Service Unavailable' });
        expect(Number(response.headers['retry-after'])).to.be.greaterThan(0);
      }
      const page = await request(portal.server).get('/account/login');
      expect([page.status, page.type]).to.eql([503, 'text/html']);
    } finally {
      await portal.close();
    }
  });
});

describe('Mounted routes', () => {
  it('pass on a request of another portal in the same turn of the event loop', () => {
    const routes = [Router().get('/', () => undefined)];
    const mount: Mount = { portal: 'operations', path: '/', pipeline: pipeline('pages', []), routes };
    let isPassedOn = false;
    const req = { portal: { kind: 'account' }, method: 'GET', url: '/' } as Request;
    void mountRoutes(mount)(req, {} as Response, () => (isPassedOn = true));
    expect(isPassedOn).to.equal(true);
  });
});
