import { expect } from 'chai';
import { expectFailure, openCommandLine, type CommandLine } from './command-line.ts';

const WRONG_USAGE = 64;

describe('billing:settings', () => {
  let cli: CommandLine;

  before(async () => {
    cli = await openCommandLine();
    await cli.createTenant('north');
    await cli.createTenant('south');
  });
  after(() => cli.close());

  const settings = (...args: string[]) => cli.run('billing:settings', '--tenant', 'north', ...args);

  it('prints every setting', async () => {
    const { code, out } = await settings();
    expect(code).to.equal(0);
    expect(out).to.include('cycle=anniversary').and.include('reminder_days=3, 7, 14');
    expect(out).to.include('short_pay_reasons=Price; Quantity');
  });

  it('changes the given settings only and records them', async () => {
    const { code, json } = await settings(
      '--set',
      'cycle=day_of_month',
      '--set',
      'invoice_day=15',
      '--set',
      'lock_out_after_days=',
      '--set',
      'reminder_days=10,5',
      '--set',
      'applies_credit=no',
      '--set',
      'short_pay_reasons=Price; Broken',
      '--json',
    );
    expect(code).to.equal(0);
    expect((json as { changed: string[] }).changed).to.deep.equal([
      'cycle',
      'invoice_day',
      'lock_out_after_days',
      'applies_credit',
      'reminder_days',
      'short_pay_reasons',
    ]);
    const rows = await cli.sql(
      `select t.slug, s.cycle, s.invoice_day, s.lock_out_after_days, s.reminder_days, s.applies_credit,
         s.short_pay_reasons, s.notice_days
       from billing_settings s join tenants t on t.id = s.tenant_id order by t.slug`,
    );
    expect(rows[0]).to.deep.equal({
      slug: 'north',
      cycle: 'day_of_month',
      invoice_day: 15,
      lock_out_after_days: null,
      reminder_days: [5, 10],
      applies_credit: false,
      short_pay_reasons: ['Price', 'Broken'],
      notice_days: 14,
    });
    expect(rows[1]).to.deep.include({ slug: 'south', cycle: 'anniversary', invoice_day: 1 });
    const events = await cli.sql(
      "select actor_name from audit_events where event = 'billing_settings.updated'",
    );
    expect(events).to.deep.equal([{ actor_name: 'Command line' }]);
    expect((await settings('--set', 'invoice_day=15', '--json')).json).to.deep.include({ changed: [] });
  });

  it('refuses unknown names and bad values', async () => {
    expectFailure(
      await settings('--set', 'invoice_day=32'),
      /^--set invoice_day: Enter a whole number from 1 to 31/,
    );
    expectFailure(await settings('--set', 'nothing=1'), /--set takes name=value/, WRONG_USAGE);
    expectFailure(await settings('--set', 'invoice_day'), /--set takes name=value/, WRONG_USAGE);
    expectFailure(
      await settings('--set', 'applies_credit=maybe'),
      /applies_credit is yes or no/,
      WRONG_USAGE,
    );
    expectFailure(await cli.run('billing:settings', '--tenant', 'nowhere'), /There is no tenant "nowhere"/);
  });
});
