import { pick, selectRow, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { lockAccounts, type BillingAccount } from '../billing-account/billing-account.ts';
import { getBilling, type Billing } from '../billing/billing-settings.ts';
import type { FieldError } from '../form/parse-values.ts';
import { movement, mirrored, type Movement } from '../ledger/ledger.ts';
import { postEntries } from '../ledger/post-entries.ts';
import { unfinishedStatuses } from '../payment/payment.ts';
import { useCredit } from '../rental/use-credit.ts';
import { accountRules, referencesWith } from './merge-rules.ts';

/** The locked users. `user` stays. */
export interface MergedUsers {
  user: { id: string };
  other: { id: string };
}

/** The accounts of the other user, with the account of the user in the same currency, into which each is merged. */
export interface AccountPair {
  from: BillingAccount;
  into: BillingAccount | undefined;
}

/**
 * Gives the accounts of the other user to the user. Where both have one in a currency, the balance moves and the other
 * account is closed. Returns an error while a payment of these accounts is on its way.
 */
export async function mergeAccounts(
  db: TenantDb,
  actor: Actor,
  { user, other }: MergedUsers,
): Promise<FieldError | null> {
  const pairs = await lockPairs(db, { user, other });
  const ids = pairs.flatMap(({ from, into }) => [from.id, ...(into ? [into.id] : [])]);
  if (await hasPaymentOnItsWay(db, ids)) return { field: 'other_id', code: 'merge_payment_on_its_way' };
  const billing = await getBilling(db);
  for (const { from, into } of pairs) if (into) mergeAccount(db, billing, from, into);
  db.defer({
    text: 'update billing_accounts set user_id = $3 where tenant_id = $1 and user_id = $2',
    values: [db.tenantId, other.id, user.id],
  });
  for (const { into } of pairs) if (into) await useCredit(db, actor, billing, into.id);
  return null;
}

async function lockPairs(db: TenantDb, { user, other }: MergedUsers): Promise<AccountPair[]> {
  const open = db
    .from('billing_accounts')
    .whereRaw('user_id = any(?::uuid[])', [[user.id, other.id]])
    .whereNull('closed_at');
  const rows = await selectRows(open, pick('billing_accounts', 'id'));
  const accounts = await lockAccounts(
    db,
    rows.map(({ id }) => id),
  );
  return pairAccounts([...accounts.values()], { user, other });
}

export function pairAccounts<Account extends Pick<BillingAccount, 'user_id' | 'currency'>>(
  accounts: readonly Account[],
  { user, other }: MergedUsers,
): { from: Account; into: Account | undefined }[] {
  const of = (id: string) => accounts.filter(({ user_id }) => user_id === id);
  return of(other.id).map((from) => ({
    from,
    into: of(user.id).find(({ currency }) => currency === from.currency),
  }));
}

/** A payment or refund that the payment service has not completed. */
export async function hasPaymentOnItsWay(db: TenantDb, accountIds: readonly string[]): Promise<boolean> {
  const payments = db
    .from('payments')
    .whereRaw('billing_account_id = any(?::uuid[])', [[...accountIds]])
    .whereRaw(`status = any('{${unfinishedStatuses.join()}}'::text[])`)
    .whereNotNull('gateway_id')
    .limit(1);
  return (await selectRow(payments, pick('payments', 'id'))) !== undefined;
}

function mergeAccount(db: TenantDb, billing: Billing, from: BillingAccount, into: BillingAccount): void {
  const left = balanceOf(from);
  postEntries(
    db,
    [
      { account: from, movements: left },
      { account: into, movements: mirrored(left) },
    ].map(({ account, movements }) => ({
      billing_account_id: account.id,
      currency: account.currency,
      posting: 'merge' as const,
      source_type: 'billing_account' as const,
      source_id: from.id,
      effective_on: billing.today,
      movements,
    })),
  );
  keepMethodsCharged(db, from, into);
  for (const [table, column] of referencesWith(accountRules, 'moved'))
    db.defer({
      text: `update ${table} set ${column} = $3 where tenant_id = $1 and ${column} = $2`,
      values: [db.tenantId, from.id, into.id],
    });
  db.defer({
    text: `update billing_accounts set closed_at = now(), merged_into_id = $3, autopay_since = null, version = version + 1
      where tenant_id = $1 and id = $2`,
    values: [db.tenantId, from.id, into.id],
  });
}

/** What empties the account. */
function balanceOf({ receivable_cents, credit_cents, deposit_cents }: BillingAccount): Movement[] {
  return [
    ...movement('clearing', 'receivable', receivable_cents),
    ...movement('credit', 'clearing', credit_cents),
    ...movement('deposit', 'clearing', deposit_cents),
  ];
}

/** At the payment service a method still belongs to the customer of its former account. */
function keepMethodsCharged(db: TenantDb, from: BillingAccount, into: BillingAccount): void {
  db.defer({
    text: `update payment_methods m set
        gateway_customer_id = coalesce(m.gateway_customer_id, (
          select c.external_id from gateway_customers c
          where c.tenant_id = m.tenant_id and c.billing_account_id = m.billing_account_id and c.gateway_id = m.gateway_id)),
        is_default = m.is_default and not exists (
          select from payment_methods d where d.tenant_id = m.tenant_id and d.billing_account_id = $3 and d.is_default),
        version = m.version + 1
      where m.tenant_id = $1 and m.billing_account_id = $2`,
    values: [db.tenantId, from.id, into.id],
  });
}
