import { newId } from '../../../src/database/new-id.ts';
import { pick, selectRows } from '../../../src/database/columns.ts';
import type { TenantDb } from '../../../src/database/tenant-db.ts';
import { lockAccounts } from '../../../src/domain/billing-account/billing-account.ts';
import type { Billing } from '../../../src/domain/billing/billing-settings.ts';
import { allocateOldestFirst, listOpenInvoicesOf } from '../../../src/domain/invoice/open-invoices.ts';
import { storePayments } from '../../../src/domain/payment/payment-actions.ts';
import { groupBy } from '../../../src/group-by.ts';
import type { Random } from '../random.ts';
import { demoActor } from './demo-context.ts';

export interface Payer {
  /** The id of the person or company. */
  id: string;
  /** Of the open amount. */
  thousandths: bigint;
}

/** Each payer pays their open invoices that are due on the day or before, or a part of them, with one payment. */
export async function payInvoices(
  db: TenantDb,
  billing: Billing,
  random: Random,
  payers: readonly Payer[],
): Promise<void> {
  const rows = await selectRows(
    db
      .from('billing_accounts as b')
      .whereRaw('coalesce(b.user_id, b.company_id) = any(?::uuid[])', [payers.map(({ id }) => id)]),
    pick('billing_accounts as b', 'id'),
  );
  const accounts = await lockAccounts(
    db,
    rows.map(({ id }) => id),
  );
  const open = groupBy(
    (await listOpenInvoicesOf(db, [...accounts.keys()])).filter(({ due_on }) => due_on! <= billing.today),
    ({ billing_account_id }) => billing_account_id,
  );
  const payments = [...open].map(([accountId, invoices]) => {
    const account = accounts.get(accountId)!;
    const { thousandths } = payers.find(({ id }) => id === (account.user_id ?? account.company_id))!;
    const total = invoices.reduce((sum, { open_cents }) => sum + open_cents, 0n);
    const amount = (total * thousandths) / 1000n;
    return {
      id: newId(),
      account,
      amount,
      received_on: billing.today,
      channel: random.weighted({ bank_transfer: 8, cash: 1, cheque: 1 }),
      reference: random.chance(0.5) ? account.reference : null,
      allocated: allocateOldestFirst(invoices, amount),
    };
  });
  await storePayments(
    db,
    demoActor,
    billing,
    payments.filter(({ amount }) => amount > 0n),
  );
}
