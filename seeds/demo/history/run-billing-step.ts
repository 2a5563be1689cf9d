import type { TenantDb } from '../../../src/database/tenant-db.ts';
import { billDueRentals } from '../../../src/domain/billing-run/bill-due-rentals.ts';
import type { Place } from '../../../src/domain/billing-run/run-step.ts';
import type { Billing } from '../../../src/domain/billing/billing-settings.ts';

/** What a run of the day bills. */
export async function billMonth(db: TenantDb, billing: Billing): Promise<void> {
  const context = { billing, as_of: billing.today };
  let after: Place | null = null;
  do {
    const { rows, next } = await billDueRentals.list(db, context, after);
    if (rows.length > 0) await billDueRentals.process(db, context, rows);
    after = next;
  } while (after !== null);
}
