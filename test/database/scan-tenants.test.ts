import { expect } from 'chai';
import pino from 'pino';
import { tenantScan, forEachTenant } from '../../src/database/scan-tenants.ts';
import type { Database } from '../../src/database/pools.ts';
import { createTenant, type TestTenant } from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';

describe('tenantScan()', () => {
  let portal: OwnPortal;
  let tenants: TestTenant[];
  let lines: { scan?: string; count?: number; tenants?: string[] }[];
  const { now } = Date;
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line)) });

  before(async () => {
    portal = await startPortal({ poolSize: 10 });
    tenants = [await createTenant(portal), await createTenant(portal), await createTenant(portal)];
  });
  after(() => portal.close());
  beforeEach(() => {
    lines = [];
  });
  afterEach(() => {
    Date.now = now;
  });

  const ids = () => tenants.map(({ id }) => id);
  const distributed = (): Database => ({ ...portal.database, engine: 'citus' });
  /** Fails for the given tenants, as if their node were down. */
  const scanWithout = (failing: () => readonly string[], { failure = 'select 1 / 0', sleep = 0 } = {}) => {
    const asked: (string | undefined)[] = [];
    const scan = tenantScan('roles', async (db, tenantId) => {
      asked.push(tenantId);
      const failed = failing().some((id) => tenantId === undefined || tenantId === id);
      if (failed && tenantId !== undefined) await db.raw('select pg_sleep(?)', [sleep]);
      await db.raw(failed ? failure : 'select 1');
      return db
        .from('roles')
        .where(tenantId === undefined ? {} : { tenant_id: tenantId })
        .distinct('tenant_id');
    });
    const run = (database = distributed(), isStopping?: () => boolean) => scan({ database, log }, isStopping);
    return { asked, run };
  };

  it('reads all tenants in one statement', async () => {
    const scan = scanWithout(() => []);
    expect(await scan.run()).to.have.members(ids());
    expect(scan.asked).to.eql([undefined]);
    expect(lines).to.eql([]);
  });

  it('reads the other tenants while some fail and logs their number once', async () => {
    let failing = [ids()[1]!];
    const scan = scanWithout(() => failing);
    const others = [ids()[0], ids()[2]];
    expect(await scan.run()).to.have.members(others);
    passMinutes(1);
    expect(await scan.run()).to.have.members(others);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.deep.include({ scan: 'roles', count: 1, tenants: failing });

    passMinutes(1);
    failing = [];
    expect(await scan.run()).to.have.members(ids());
    failing = [ids()[0]!];
    await scan.run();
    expect(lines).to.have.length(2);
  });

  it('asks a tenant that failed again after a minute', async () => {
    const [failed] = ids();
    const scan = scanWithout(() => [failed!]);
    await scan.run();
    scan.asked.length = 0;
    await scan.run();
    expect(scan.asked).to.have.members(ids().slice(1));
    passMinutes(1);
    await scan.run();
    expect(scan.asked.slice(2)).to.have.members([undefined, ...ids()]);
  });

  it('ends a statement of one tenant after a second', async () => {
    const [failed] = ids();
    const scan = scanWithout(() => [failed!], { sleep: 20 });
    const began = performance.now();
    expect(await scan.run()).to.have.members(ids().slice(1));
    expect(performance.now() - began).to.be.within(900, 4_000);
  });

  it('asks for several tenants at the same time', async () => {
    const [first, second] = ids();
    const scan = scanWithout(() => [first!, second!], { sleep: 0.8 });
    const began = performance.now();
    expect(await scan.run()).to.eql(ids().slice(2));
    expect(performance.now() - began).to.be.below(1_500);
  });

  it('returns what it has found when it is stopped', async () => {
    const scan = scanWithout(ids, { sleep: 20 });
    const began = performance.now();
    const isStopping = () => performance.now() - began > 100;
    await scan.run(distributed(), isStopping).catch(() => undefined);
    expect(scan.asked.length).to.be.below(1 + ids().length);
  });

  it('throws the error when every tenant fails', async () => {
    expect(await errorOf(scanWithout(ids).run())).to.include('division by zero');
    expect(lines).to.eql([]);
  });

  it('throws the error without asking for each tenant when the database is not distributed', async () => {
    const scan = scanWithout(() => [ids()[0]!]);
    expect(await errorOf(scan.run(portal.database))).to.include('division by zero');
    expect(scan.asked).to.eql([undefined]);
  });

  it('ends after some seconds of failures and continues with the other tenants in the next scan', async () => {
    const failing = ids();
    for (let n = 0; n < 6; n++) failing.push((await createTenant(portal)).id);
    const last = await createTenant(portal);
    const scan = scanWithout(() => failing, { sleep: 20 });
    const began = performance.now();
    await scan.run().catch(() => undefined);
    expect(performance.now() - began).to.be.below(4_000);
    expect(await scan.run()).to.eql([last.id]);
  });
});

function passMinutes(minutes: number): void {
  const now = Date.now;
  Date.now = () => now() + minutes * 60_000;
}

async function errorOf(promise: Promise<unknown>): Promise<string> {
  return String(await promise.catch((thrown: unknown) => thrown));
}

describe('forEachTenant()', () => {
  it('continues after a tenant whose work fails and logs it', async () => {
    const lines: { tenant?: string }[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const done: string[] = [];
    await forEachTenant(log, ['a', 'b', 'c'], async (id) => {
      if (id === 'b') throw new Error('the node is down');
      done.push(id);
    });
    expect(done).to.eql(['a', 'c']);
    expect(lines.map(({ tenant }) => tenant)).to.eql(['b']);
  });
});
