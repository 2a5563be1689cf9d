import { expect } from 'chai';
import pino from 'pino';
import { tenantScan, forEachTenant } from '../../src/database/scan-tenants.ts';
import { createTenant, type TestTenant } from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';

describe('tenantScan()', () => {
  let portal: TestPortal;
  let tenants: TestTenant[];
  let lines: { scan?: string; tenants?: string[] }[];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line)) });

  before(async () => {
    portal = await startPortal();
    tenants = [await createTenant(portal), await createTenant(portal), await createTenant(portal)];
  });
  after(() => portal.close());
  beforeEach(() => {
    lines = [];
  });

  const ids = () => tenants.map(({ id }) => id);
  /** Fails for the given tenants, as if their node were down. */
  const scanWithout = (failing: () => readonly string[]) => {
    const asked: (string | undefined)[] = [];
    const scan = tenantScan('roles', async (db, tenantId) => {
      asked.push(tenantId);
      const failed = failing().some((id) => tenantId === undefined || tenantId === id);
      await db.knex.raw(failed ? 'select 1 / 0' : 'select 1');
      return db
        .from('roles')
        .where(tenantId === undefined ? {} : { tenant_id: tenantId })
        .distinct('tenant_id');
    });
    return { asked, run: () => scan({ database: portal.database, log }) };
  };

  it('reads all tenants in one statement', async () => {
    const scan = scanWithout(() => []);
    expect(await scan.run()).to.have.members(ids());
    expect(scan.asked).to.eql([undefined]);
    expect(lines).to.eql([]);
  });

  it('reads the other tenants while one fails and logs it once', async () => {
    let failing = [ids()[1]!];
    const scan = scanWithout(() => failing);
    const others = [ids()[0], ids()[2]];
    expect(await scan.run()).to.have.members(others);
    expect(await scan.run()).to.have.members(others);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.deep.include({ scan: 'roles', tenants: failing });

    failing = [];
    expect(await scan.run()).to.have.members(ids());
    failing = [ids()[0]!];
    await scan.run();
    expect(lines).to.have.length(2);
  });

  it('throws the error when every tenant fails', async () => {
    const error: unknown = await scanWithout(ids)
      .run()
      .catch((thrown: unknown) => thrown);
    expect(String(error)).to.include('division by zero');
    expect(lines).to.eql([]);
  });
});

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
