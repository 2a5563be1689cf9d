import type { TenantDb } from '../../../src/database/tenant-db.ts';
import type { Billing } from '../../../src/domain/billing/billing-settings.ts';
import type { Place, RunStep } from '../../../src/domain/billing-run/run-step.ts';

/** A step of the billing run for every row that is due on the day of `billing`. */
export async function runBillingStep<Row>(db: TenantDb, billing: Billing, step: RunStep<Row>): Promise<void> {
  const context = { billing, as_of: billing.today };
  let after: Place | null = null;
  do {
    const { rows, next } = await step.list(db, context, after);
    if (rows.length > 0) await step.process(db, context, rows);
    after = next;
  } while (after !== null);
}
