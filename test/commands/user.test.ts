import { expect } from 'chai';
import { expectFailure, openCommandLine, type CommandLine, type CreatedTenant } from './command-line.ts';

describe('user:reset-link', () => {
  let cli: CommandLine;

  before(async () => {
    cli = await openCommandLine();
  });
  after(() => cli.close());

  it('prints a link for staff or customers and asks for the audience when both match', async () => {
    const { tenant_id } = (await cli.createTenant('links', '--json')).json as CreatedTenant;
    const link = (...more: string[]) =>
      cli.run('user:reset-link', '--tenant', 'links', '--email', 'Owner@links.example', ...more);
    expect((await link()).out).to.match(
      /^http:\/\/links\.operations\.localhost:3000\/reset-password\?token=[\w-]{43}$/,
    );
    await cli.sql(
      `insert into users (tenant_id, id, audience, email, email_norm, name_norm, search_text)
       values ($1, gen_random_uuid(), 'customer', 'owner@links.example', 'owner@links.example', 'x', 'x')`,
      [tenant_id],
    );
    expectFailure(await link(), /say which with --audience/);
    const { json } = await link('--audience', 'customer', '--json');
    expect((json as { reset_url: string }).reset_url).to.match(
      /^http:\/\/links\.portal\.localhost:3000\/account\/reset-password\?token=/,
    );
    const events = await cli.sql(
      `select event from audit_events where tenant_id = $1 and event like 'user.reset%'`,
      [tenant_id],
    );
    expect(events.map(({ event }) => event)).to.deep.equal([
      'user.reset_link_issued',
      'user.reset_link_issued',
    ]);
    await cli.sql(`update users set status = 'disabled' where tenant_id = $1`, [tenant_id]);
    expectFailure(await link('--audience', 'staff'), /is disabled/);
    expectFailure(
      await cli.run('user:reset-link', '--tenant', 'links', '--email', 'who@x.example'),
      /No user has the address/,
    );
    expectFailure(
      await cli.run('user:reset-link', '--tenant', 'no', '--email', 'who@x.example'),
      /There is no tenant/,
    );
    expectFailure(await link('--audience', 'robots'), /--audience takes staff or customer/, 64);
  });

  it('refuses a suspended tenant, whose pages are closed', async () => {
    await cli.createTenant('closed');
    await cli.run('tenant:suspend', '--slug', 'closed');
    const link = () => cli.run('user:reset-link', '--tenant', 'closed', '--email', 'owner@closed.example');
    expectFailure(await link(), /closed is suspended: resume the tenant first/);
    await cli.run('tenant:resume', '--slug', 'closed');
    expect((await link()).out).to.match(/reset-password\?token=/);
  });

  it('refuses an address that continues as a URL', async () => {
    await cli.createTenant('slashed');
    const result = await cli.run('user:reset-link', '--tenant', 'slashed', '--email', 'boss@firm.co/uk');
    expectFailure(result, /^--email: Enter an email address in the correct/);
  });
});
