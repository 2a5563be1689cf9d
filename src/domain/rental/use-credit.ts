import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { lockAccount } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { applyCreditToOldest } from '../invoice/apply-credit.ts';
import { unlockPaidRentals } from './unlock-rentals.ts';

/** Pays open invoices with the credit of the account if the settings say so, and unlocks what is paid. */
export async function useCredit(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  accountId: string,
): Promise<void> {
  const applied = await applyCreditToOldest(db, billing, await lockAccount(db, accountId));
  await unlockPaidRentals(
    db,
    actor,
    billing,
    applied.map(({ invoice }) => invoice.id),
  );
}
