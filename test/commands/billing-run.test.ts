import { expect } from 'chai';
import { insertRentals } from '../support/many-rentals.ts';
import { expectFailure, openCommandLine, type CommandLine } from './command-line.ts';

describe('billing:run', () => {
  let cli: CommandLine;
  let today: string;

  before(async () => {
    cli = await openCommandLine();
    await cli.createTenant('north');
    const [row] = await cli.sql(
      `select id, cast(now() at time zone time_zone as date)::text as today from tenants`,
    );
    today = row!['today'] as string;
    await insertRentals((text, values) => cli.sql(text, values), row!['id'] as string, {
      count: 3,
      next: today,
    });
  });
  after(() => cli.close());

  const run = (...args: string[]) => cli.run('billing:run', '--tenant', 'north', ...args);

  it('prints what would be billed with --dry-run and stores nothing', async () => {
    const { code, json } = await run('--dry-run', '--json');
    expect(code).to.equal(0);
    expect(json).to.deep.include({
      dry_run: true,
      as_of: today,
      invoices: 3,
      totals: { USD: '300.00' },
      errors: 0,
    });
    expect(await cli.sql('select id from invoices')).to.eql([]);
  });

  it('bills each period once', async () => {
    expect((await run('--json')).json).to.deep.include({ invoices: 3, totals: { USD: '300.00' }, errors: 0 });
    const { out } = await run();
    expect(out).to.include('Invoices: 0. Total: 0.00 USD. Errors: 0.');
    expect(await cli.sql('select id from invoices')).to.have.length(3);
  });

  it('refuses a day after today without --dry-run, and a day that does not exist', async () => {
    const later = `${Number(today.slice(0, 4)) + 1}-01-01`;
    expectFailure(await run('--as-of', later), /A day after today needs --dry-run or PORTAL_CLOCK/);
    expectFailure(await run('--as-of', '2026-02-30'), /--as-of takes a day like 2026-03-31/, 64);
    expect((await run('--as-of', later, '--dry-run', '--json')).json).to.deep.include({ dry_run: true });
  });

  it('refuses a suspended tenant', async () => {
    await cli.run('tenant:suspend', '--slug', 'north');
    expectFailure(await run(), /is suspended/);
  });
});
