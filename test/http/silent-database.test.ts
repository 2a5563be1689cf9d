import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import request from 'supertest';
import { inTenant } from '../../src/database/in-tenant.ts';
import { openDatabase, type Database } from '../../src/database/pools.ts';
import { queueEmail } from '../../src/domain/email/queue-email.ts';
import type { TenantDb } from '../../src/database/tenant-db.ts';
import {
  createCustomer,
  createTenant,
  signIn,
  type TestPerson,
  type TestTenant,
} from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import type { Visitor } from '../support/visitor.ts';

const HOLE_MS = 3_000;

/** Between two requests of a visitor: so short that some wait for the database when bytes are lost, and later so long that the processor is idle. */
const PAUSE_MS = { before: 20, after: 150 };

interface Outcome {
  status: number;
  retryAfter: string | undefined;
  ms: number;
  endedAt: number;
}

describe('While the network loses every byte between the portal and the database', function () {
  this.timeout(40_000);
  let portal: OwnPortal;
  let proxy: TcpProxy;
  let tenant: TestTenant;
  let person: TestPerson;
  let visitors: Visitor[];
  let direct: Database;
  let pauseMs: number;

  before(async () => {
    portal = await startPortal({
      poolSize: 10,
      proxyDatabase: async (urls) => (proxy = await startTcpProxy(urls)).urls,
    });
    direct = await openDatabase({ appUrl: portal.urls.app, platformUrl: portal.urls.platform, size: 1 });
    tenant = await createTenant(portal);
    person = await createCustomer(portal, tenant);
    visitors = await Promise.all(
      Array.from({ length: 10 }, async () =>
        signIn(portal, tenant.account, await createCustomer(portal, tenant)),
      ),
    );
  });
  afterEach(() => proxy.forward());
  after(async () => {
    await direct.close();
    await portal.close();
    await proxy.close();
  });

  const measure = async (send: () => Promise<{ status: number; headers: Record<string, string> }>) => {
    const began = performance.now();
    const { status, headers } = await send();
    const endedAt = performance.now();
    return { status, retryAfter: headers['retry-after'], ms: endedAt - began, endedAt };
  };

  const askUntil = async (isEnough: () => boolean, send: Parameters<typeof measure>[0]) => {
    const outcomes: Outcome[] = [];
    while (!isEnough()) {
      outcomes.push(await measure(send));
      await delay(pauseMs);
    }
    return outcomes;
  };

  const loseBytes = async (isForever: boolean) => {
    let isEnding = false;
    pauseMs = PAUSE_MS.before;
    const isEnough = () => isEnding;
    const pages = visitors.map((visitor) => askUntil(isEnough, () => visitor.get('/account')));
    const checks = askUntil(isEnough, () => request(portal.server).get('/readyz'));
    await delay(200);
    let commit!: ReturnType<typeof commitAfter>;
    await new Promise<void>((resolve) => {
      commit = commitAfter(() => {
        proxy.swallow();
        resolve();
      });
    });
    // Only now, because an email whose claim is committed but not confirmed waits for the end of its lease.
    const address = await queueMail();
    await delay(isForever ? 1_000 : HOLE_MS);
    pauseMs = PAUSE_MS.after;
    proxy.forward({ isForever });
    const forwardedAt = performance.now();
    expect(await commit).to.equal('ETIMEDOUT');
    await delay(Math.max(0, 8_000 - (performance.now() - forwardedAt)));
    isEnding = true;
    const outcomes = { pages: (await Promise.all(pages)).flat(), checks: await checks };
    await portal.mailbox.next(address);
    return { ...outcomes, forwardedAt };
  };

  /** Returns the code of the error. */
  const commitAfter = async (lose: () => void) => {
    const work = async (db: TenantDb) => {
      await db.raw('select 1');
      lose();
    };
    return inTenant(portal.database, tenant.id, work).catch((error: { code?: string }) => error.code);
  };

  /** Queued through a connection that works, and to be sent by the worker, whose connections do not. */
  const queueMail = async () => {
    const to_address = `mail-${Date.now()}@example.com`;
    await inTenant(direct, tenant.id, (db) =>
      queueEmail(db, { template: 'passwordChanged', audience: 'customer', user_id: person.id, to_address }),
    );
    return to_address;
  };

  for (const isForever of [false, true])
    it(`each request gets a response, no commit succeeds, and pages and mail recover ${isForever ? 'although the old connections stay silent' : 'after three seconds'}`, async () => {
      const { pages, checks, forwardedAt } = await loseBytes(isForever);
      expect(Math.max(...pages.map(({ ms }) => ms))).to.be.below(10_000);
      expect(Math.max(...checks.map(({ ms }) => ms))).to.be.below(2_000);
      const failed = pages.filter(({ status }) => status !== 200);
      expect(failed.length).to.be.greaterThan(4);
      expect(failed.every(({ status, retryAfter }) => status === 503 && Number(retryAfter) > 0)).to.equal(
        true,
      );
      expect(checks.some(({ status }) => status === 503)).to.equal(true);
      const lastFailure = Math.max(
        ...[...failed, ...checks.filter(({ status }) => status !== 200)].map(({ endedAt }) => endedAt),
      );
      expect(lastFailure - forwardedAt).to.be.below(10_000);
      expect(pages.at(-1)!.status).to.equal(200);
    });
});
