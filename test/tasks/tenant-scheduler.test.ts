import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { TenantScheduler } from '../../src/tasks/tenant-scheduler.ts';

describe('TenantScheduler', () => {
  /** Takes as many tenants as it can within a second and a half after the first. */
  async function countScans(scanMs: number): Promise<number> {
    let scans = 0;
    const scheduler = new TenantScheduler(async () => {
      scans += 1;
      await delay(scanMs);
      return Array.from({ length: 40 }, (_, n) => `tenant ${n}`);
    });
    await scheduler.next();
    for (let n = 0; n < 6; n++) {
      await delay(250);
      scheduler.done(String(await scheduler.next()), false);
    }
    return scans;
  }

  it('reads the list of due tenants again after a second', async () => {
    expect(await countScans(0)).to.equal(2);
  });

  it('keeps the list as long as the scan for it took', async () => {
    expect(await countScans(2_000)).to.equal(1);
  });
});
