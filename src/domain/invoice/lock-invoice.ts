import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import { lockAccount, type BillingAccount } from '../billing-account/billing-account.ts';
import { findInvoiceForUpdate, type InvoiceForUpdate } from './invoice-queries.ts';

/**
 * Locks the account of the invoice, and thereby every action on its money.
 *
 * @throws {NotFound} if the viewer may not see the invoice
 */
export async function lockInvoice(
  db: TenantDb,
  id: string,
): Promise<{ account: BillingAccount; invoice: InvoiceForUpdate }> {
  const unlocked = db.visible('invoices as i').where('i.id', id);
  const { billing_account_id } = found(
    await selectRow(unlocked, pick('invoices as i', 'billing_account_id')),
  );
  const account = await lockAccount(db, billing_account_id);
  // Read after the lock, because the transaction that held it may have changed the sums.
  return { account, invoice: found(await findInvoiceForUpdate(db, id)) };
}
