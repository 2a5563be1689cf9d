import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { BillingAccount } from '../billing-account/billing-account.ts';
import { findBuyers } from '../billing-account/buyer.ts';
import type { Billing } from '../billing/billing-settings.ts';
import type { CivilDate } from '../billing/civil-date.ts';
import { queueBillingEmails } from '../email/queue-billing-emails.ts';
import { refuse, type RefusedValues } from '../form/parse-values.ts';
import { listAutopayInvoices, planCharges } from '../payment/planned-charges.ts';
import { describeMethod, isChargeable, type MethodFace } from './payment-method.ts';
import { findDefaultMethod, type PaymentMethod } from './payment-method-queries.ts';

/** From now on the default method is charged when an invoice is due. The account must be locked. */
export async function turnOnAutopay(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  account: BillingAccount,
): Promise<{ ok: true } | RefusedValues> {
  const method = await findDefaultMethod(db, account.id);
  if (!method || !isChargeable(method, billing))
    return refuse({ field: 'autopay', code: 'no_default_method' });
  if ((await findAutopaySince(db, account.id)) !== null) return { ok: true };
  db.defer(db.from('billing_accounts').where({ id: account.id }).update({ autopay_since: billing.now }));
  await tell(db, actor, billing, account, { is_on: true, method });
  return { ok: true };
}

/** The account must be locked. */
export async function turnOffAutopay(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  account: BillingAccount,
): Promise<{ ok: true }> {
  await endAutopay(db, actor, billing, account, await findDefaultMethod(db, account.id));
  return { ok: true };
}

export async function endAutopay(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  account: BillingAccount,
  method: MethodFace | undefined,
): Promise<void> {
  if ((await findAutopaySince(db, account.id)) === null) return;
  db.defer(db.from('billing_accounts').where({ id: account.id }).update({ autopay_since: null }));
  await tell(db, actor, billing, account, { is_on: false, method });
}

export async function findAutopaySince(db: TenantDb, accountId: string): Promise<Date | null> {
  const rows = db.from('billing_accounts').where({ id: accountId });
  return found(await selectRow(rows, pick('billing_accounts', 'autopay_since'))).autopay_since;
}

async function tell(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  account: BillingAccount,
  { is_on, method }: { is_on: boolean; method: MethodFace | undefined },
): Promise<void> {
  const buyers = await findBuyers(db, [account.id]);
  const { user_id, company_id } = account;
  recordAudit(db, actor, {
    event: is_on ? 'autopay.turned_on' : 'autopay.turned_off',
    target: {
      type: company_id === null ? 'user' : 'company',
      id: (company_id ?? user_id)!,
      name: buyers.get(account.id)!.name,
    },
    changes: { method: [null, method ? describeMethod(method) : null] },
  });
  await queueBillingEmails(db, billing, [
    {
      template: 'autopayChanged',
      billing_account_id: account.id,
      path: '/billing/payment-methods',
      variables: { is_on: String(is_on), method: method ? describeMethod(method) : '' },
    },
  ]);
}

export interface NextCharge {
  on: CivilDate;
  amount_cents: bigint;
  /** It is added to the charge of the next invoice. */
  is_too_small: boolean;
  method: PaymentMethod;
}

/** What autopay charges next, without disputed parts. */
export async function nextCharge(
  db: TenantDb,
  { today }: Pick<Billing, 'today'>,
  account: Pick<BillingAccount, 'id'>,
): Promise<NextCharge | undefined> {
  const method = await findDefaultMethod(db, account.id);
  const [next] = planCharges(await listAutopayInvoices(db, [account.id]), today);
  if (!next || !method) return undefined;
  const { on, amount_cents, is_too_small } = next;
  return { on, amount_cents, is_too_small, method };
}
