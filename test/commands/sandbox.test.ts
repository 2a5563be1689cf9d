import { expect } from 'chai';
import { expectFailure, openCommandLine, runPortal, type CommandLine } from './command-line.ts';

const WRONG_USAGE = 64;

describe('The commands of the sandbox', () => {
  let cli: CommandLine;

  before(async () => {
    cli = await openCommandLine();
    await cli.createTenant('north');
    await cli.createTenant('south');
    await cli.sql(`update gateways set is_active = false
      where tenant_id = (select id from tenants where slug = 'south')`);
  });
  after(() => cli.close());

  it('sandbox:next stores what the sandbox does next', async () => {
    const next = (name: string, ...more: string[]) =>
      cli.run('sandbox:next', '--tenant', 'north', '--do', name, ...more);
    expect((await next('twice', '--json')).json).to.eql({ tenant: 'north', do: 'twice', times: 1 });
    expect((await next('500-after-charging', '--times', '3')).out).to.include('3 times');
    const rows = await cli.sql('select call, behaviour, remaining from sandbox_switches order by id');
    expect(rows).to.eql([
      { call: 'event', behaviour: 'twice', remaining: 1 },
      { call: 'confirm', behaviour: 'error', remaining: 3 },
    ]);
  });

  it('sandbox:next refuses other behaviours and numbers', async () => {
    const run = (...args: string[]) => cli.run('sandbox:next', '--tenant', 'north', ...args);
    expectFailure(await run('--do', 'explode'), /--do is one of delay, twice/, WRONG_USAGE);
    for (const times of ['0', '1.5', 'x', '1001'])
      expectFailure(await run('--do', 'never', '--times', times), /--times is a number/, WRONG_USAGE);
  });

  it('sandbox:charges lists the charges', async () => {
    expect((await cli.run('sandbox:charges', '--tenant', 'north')).out).to.equal('No charges.');
    await cli.sql(`
      with gateway as (select tenant_id, id, gen_random_uuid() as new_id from gateways where is_active),
      customer as (
        insert into sandbox_customers (tenant_id, id, gateway_id, name, reference)
        select tenant_id, new_id, id, 'Ada', 'account' from gateway),
      method as (
        insert into sandbox_methods (tenant_id, id, gateway_id, customer_id, type, behaviour, last4, is_confirmed)
        select tenant_id, new_id, id, new_id, 'card', 'succeeds', '4242', true from gateway),
      refund as (
        insert into sandbox_refunds (tenant_id, id, gateway_id, charge_id, amount_cents, reference)
        select tenant_id, new_id, id, new_id, 250, 'refund-1' from gateway)
      insert into sandbox_charges
        (tenant_id, id, gateway_id, customer_id, method_id, amount_cents, currency, reference, status)
      select tenant_id, new_id, id, new_id, new_id, 12345, 'USD', 'payment-1', 'succeeded' from gateway`);
    const { json } = await cli.run('sandbox:charges', '--tenant', 'north', '--json');
    expect(json).to.have.length(1);
    expect((json as object[])[0]).to.include({
      status: 'succeeded',
      amount: '123.45',
      refunded: '2.50',
      charged_back: '0.00',
      currency: 'USD',
      reference: 'payment-1',
    });
    expect((await cli.run('sandbox:charges', '--tenant', 'north')).out).to.match(/succeeded +123\.45 USD/);
  });

  for (const args of [['sandbox:charges'], ['sandbox:next', '--do', 'twice']]) {
    it(`${args[0]} is refused for a tenant without the sandbox, an unknown tenant and in production`, async () => {
      const run = (slug: string) => cli.run(...args, '--tenant', slug);
      expectFailure(await run('south'), /The south does not use the sandbox/);
      expectFailure(await run('west'), /There is no tenant "west"/);
      const production = {
        ...cli.env,
        NODE_ENV: 'production',
        PORTAL_DOMAIN: 'portal.example',
        OPERATIONS_DOMAIN: 'operations.example',
        SMTP_URL: 'smtp://mail.example:25',
      };
      const refused = await runPortal(production, [...args, '--tenant', 'north']);
      expectFailure(refused, /There is no sandbox in production/);
    });
  }

  it('tenant:create gives a tenant the sandbox outside production', async () => {
    const rows = await cli.sql(`select service, mode, is_active from gateways g
      join tenants t on t.id = g.tenant_id where t.slug = 'north'`);
    expect(rows).to.eql([{ service: 'sandbox', mode: 'test', is_active: true }]);
  });
});
