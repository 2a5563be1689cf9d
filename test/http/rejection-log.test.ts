import { expect } from 'chai';
import express from 'express';
import request from 'supertest';
import { handleErrors } from '../../src/http/handle-errors.ts';
import { RejectionLog } from '../../src/http/rejection-log.ts';
import { limitPerIp, MAX_PER_IP } from '../../src/http/simultaneous-requests.ts';
import { createLog } from '../../src/log.ts';
import { createTenant, signedInStaff, type TestTenant } from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

/** The lines that a log has written. */
function recordLog() {
  const lines: Record<string, unknown>[] = [];
  const log = createLog('warn', {
    write: (text: string) => void lines.push(JSON.parse(text) as Record<string, unknown>),
  });
  return { lines, log };
}

describe('A rejected request', () => {
  const { lines, log } = recordLog();
  let portal: OwnPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal({ log });
    tenant = await createTenant(portal);
  });
  beforeEach(() => void (lines.length = 0));
  after(() => portal.close());

  const anonymous = () => new Visitor(portal, tenant.account);
  const login = { username: 'a@x.example', password: 'not the password' };

  const rejections: Record<string, { send: () => Promise<unknown>; path: string }> = {
    'form token': { send: () => anonymous().post('/account/login', login), path: '/account/login' },
    origin: { send: () => anonymous().postCrossSite('/account/login', login), path: '/account/login' },
    permission: {
      send: async () => (await signedInStaff(portal, tenant, 'driver')).visit('/settings/team'),
      path: '/settings/team',
    },
    malformed: {
      send: async () => {
        const visitor = anonymous();
        const page = await visitor.visit('/account/login');
        return visitor.postFrom(page, '/account/login', { ...login, status: 'disabled' });
      },
      path: '/account/login',
    },
    throttle: {
      send: async () => {
        const visitor = anonymous();
        const page = await visitor.visit('/account/login');
        for (let n = 0; n < 11; n += 1) await visitor.postFrom(page, '/account/login', login);
      },
      path: '/account/login',
    },
  };
  for (const [reason, { send, path }] of Object.entries(rejections)) {
    it(`is logged as a warning with its path and the reason ${reason}`, async () => {
      await send();
      expect(lines).to.have.length(1);
      expect(lines[0]).to.include({ level: 40, path, reason, tenant: tenant.slug, msg: 'request rejected' });
      expect(lines[0]!['request_id']).to.match(/^[0-9a-f]{12}$/);
      expect(JSON.stringify(lines)).to.not.include(login.username).and.not.include(login.password);
    });
  }

  it('is logged with the reason throttle when too many requests of its IP address are open', async () => {
    let finish = () => {};
    const open = new Promise<void>((resolve) => (finish = resolve));
    const app = express()
      .use(limitPerIp(new RejectionLog(log)))
      .get('/slow', async (_req, res) => {
        await open;
        res.end();
      })
      .use(handleErrors(log))
      .listen(0);
    const statuses = Array.from({ length: MAX_PER_IP + 1 }, async () => {
      const { status } = await request(app).get('/slow');
      if (status === 429) finish();
      return status;
    });
    expect((await Promise.all(statuses)).filter((status) => status === 429)).to.have.length(1);
    app.close();
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ level: 40, method: 'GET', path: '/slow', reason: 'throttle' });
  });

  it('is not logged for an invalid form or a page that does not exist', async () => {
    const visitor = anonymous();
    await (await visitor.visit('/account/login')).submit('Log in', login);
    await visitor.visit('/account/nowhere');
    expect(lines).to.eql([]);
  });
});

describe('RejectionLog', () => {
  it('logs twenty requests of each reason a minute, and then the number of all', () => {
    const { lines, log } = recordLog();
    const windows: (() => void)[] = [];
    const rejections = new RejectionLog(log, (endWindow) => void windows.push(endWindow));
    for (let n = 0; n < 25; n += 1) rejections.record('throttle', { path: `/${n}` });
    rejections.record('origin', { path: '/' });
    expect(lines).to.have.length(21);
    expect(windows).to.have.length(1);
    windows[0]!();
    expect(lines).to.have.length(22);
    expect(lines.at(-1)).to.deep.include({ level: 40, rejected: { throttle: 25, origin: 1 } });

    rejections.record('throttle', { path: '/' });
    windows[1]!();
    expect(lines).to.have.length(23);
  });
});
