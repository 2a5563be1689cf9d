import { pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import { lockAccount, type BillingAccount } from '../billing-account/billing-account.ts';

const columns = pick(
  'payment_methods',
  'id',
  'billing_account_id',
  'gateway_id',
  'external_id',
  'gateway_session_id',
  'session_url',
  'type',
  'brand',
  'last4',
  'exp_month',
  'exp_year',
  'bank_name',
  'fingerprint',
  'status',
  'is_default',
  'replaces_id',
  'created_at',
  'version',
);

export type PaymentMethod = RowOf<typeof columns>;

/** What customers see: without pages that were not completed. */
const shownStatuses = ['active', 'verifying', 'needs_attention', 'removing'] as const;

/** Of the account, the default first. */
export function listMethods(db: TenantDb, accountId: string) {
  const methods = db
    .visible('payment_methods')
    .where({ billing_account_id: accountId })
    .whereRaw(`status = any('{${shownStatuses.join()}}'::text[])`)
    .orderBy([{ column: 'is_default', order: 'desc' }, { column: 'id' }])
    .limit(100);
  return selectRows(methods, columns);
}

export function findMethod(db: TenantDb, id: string) {
  return selectRow(db.visible('payment_methods').where('payment_methods.id', id), columns);
}

/** Undefined if the account has none. */
export function findDefaultMethod(db: TenantDb, accountId: string) {
  return selectRow(
    db.visible('payment_methods').where({ billing_account_id: accountId, is_default: true }),
    columns,
  );
}

/** Locks the account, and thereby every action on its money. @throws {NotFound} if the viewer may not see the method */
export async function lockMethod(
  db: TenantDb,
  id: string,
): Promise<{ account: BillingAccount; method: PaymentMethod }> {
  const { billing_account_id } = found(await findMethod(db, id));
  const account = await lockAccount(db, billing_account_id);
  return { account, method: found(await findMethod(db, id)) };
}
