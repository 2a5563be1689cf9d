import { expect } from 'chai';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { getBilling } from '../../../src/domain/billing/billing-settings.ts';
import { runToEnd } from '../../../src/tasks/billing-runs.ts';
import { StatementCounter } from '../../support/count-statements.ts';
import { createTenant } from '../../support/factories.ts';
import { insertRentals } from '../../support/many-rentals.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';

const MAX_STATEMENTS_PER_BATCH = 24;
const MAX_VALUES = 30;

describe('the statements of a billing run', () => {
  let portal: TestPortal;
  let counter: StatementCounter;

  before(async () => {
    portal = await sharedPortal();
    counter = new StatementCounter(portal.database.app);
  });

  /** Returns the numbers of statements and of round trips. A third of the accounts has credit. */
  async function countRun(count: number): Promise<[statements: number, roundTrips: number]> {
    const { id } = await createTenant(portal);
    const { today } = await inTenant(portal.database, id, getBilling);
    await insertRentals((text, values) => portal.owner.query(text, values), id, { count, next: today });
    await sql(
      portal,
      `update billing_accounts set credit_cents = 5000 where tenant_id = $1 and id in (
         select id from billing_accounts where tenant_id = $1 order by id limit $2::int / 3)`,
      [id, count],
    );
    counter.start();
    const { invoices, errors } = await runToEnd(portal.database, id, { kind: 'rent' });
    expect({ invoices, errors }).to.eql({ invoices: count, errors: 0 });
    return [counter.counted.statements.length, counter.counted.roundTrips];
  }

  it('are as many for 300 rentals as for 3', async () => {
    const few = await countRun(3);
    expect(await countRun(300)).to.eql(few);
  });

  it('grow with the number of batches only', async () => {
    const [one] = await countRun(300);
    const [three] = await countRun(1_300);
    expect(three - one).to.be.at.most(2 * MAX_STATEMENTS_PER_BATCH);
  });

  it('have an array for each column instead of a value for each row', async () => {
    await countRun(300);
    for (const text of counter.counted.statements)
      expect(counter.sent.get(text)!.values.length, text).to.be.at.most(MAX_VALUES);
  });
});
