import { expect } from 'chai';
import { expectFailure, openCommandLine, type CommandLine, type CreatedTenant } from './command-line.ts';

describe('ledger:verify', () => {
  let cli: CommandLine;

  before(async () => {
    cli = await openCommandLine();
  });
  after(() => cli.close());

  it('fails and names the first sum that differs, of one tenant or of all', async () => {
    await cli.createTenant('right');
    const { json } = await cli.createTenant('wrong', '--json');
    const { tenant_id } = json as CreatedTenant;
    const company_id = '018f3e5c-0000-7000-8000-000000000001';
    await cli.sql(
      `insert into companies (tenant_id, id, code, code_norm, name, name_norm, search_text)
       values ($1, $2, 'C', 'c', 'C', 'c', 'c')`,
      [tenant_id, company_id],
    );
    await cli.sql(
      `insert into billing_accounts (tenant_id, id, company_id, currency, reference, credit_cents)
       values ($1, $2, $2, 'USD', 'R', 5)`,
      [tenant_id, company_id],
    );
    expect((await cli.run('ledger:verify', '--tenant', 'right', '--json')).json).to.eql([
      { slug: 'right', accounts: 0, difference: null },
    ]);
    const all = await cli.run('ledger:verify');
    expect(all.code).to.equal(1);
    expect(all.out).to.include('right: 0 accounts, every sum is right');
    expect(all.out).to.include(`wrong: billing_accounts.credit_cents of ${company_id} is 5 and should be 0`);
    expect(all.err).to.include('The ledger of wrong differs.');
    expectFailure(await cli.run('ledger:verify', '--tenant', 'no'), /There is no tenant/);
  });
});
