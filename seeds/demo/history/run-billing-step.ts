import type { TenantDb } from '../../../src/database/tenant-db.ts';
import { lockAccounts } from '../../../src/domain/billing-account/billing-account.ts';
import { findBuyers } from '../../../src/domain/billing-account/buyer.ts';
import type { Billing } from '../../../src/domain/billing/billing-settings.ts';
import { pick, selectRows } from '../../../src/database/columns.ts';
import {
  billInvoices,
  invoicesOfPlan,
  planRental,
  storeNextPeriods,
} from '../../../src/domain/rental/bill-rentals.ts';
import { readBilledRentals } from '../../../src/domain/rental/billed-rentals.ts';

export async function billMonth(db: TenantDb, billing: Billing): Promise<void> {
  const due = await selectRows(
    db.from('rentals').where('next_period_on', '<=', billing.today).orderBy('id'),
    pick('rentals', 'id', 'billing_account_id'),
  );
  const accounts = await lockAccounts(
    db,
    due.map((r) => r.billing_account_id),
  );
  const buyers = await findBuyers(db, [...accounts.keys()]);
  const rentals = await readBilledRentals(
    db,
    due.map((r) => r.id),
  );
  const plans = rentals.map((rental) => ({ rental, plan: planRental(billing, rental, billing.today) }));
  await billInvoices(
    db,
    billing,
    plans.flatMap(({ rental, plan }) =>
      invoicesOfPlan(rental, plan, {
        account: accounts.get(rental.billing_account_id)!,
        buyer: buyers.get(rental.billing_account_id)!,
      }),
    ),
  );
  storeNextPeriods(
    db,
    plans.map(({ rental, plan }) => ({ id: rental.id, next_period_on: plan.next_period_on })),
  );
}
