import { pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { accountsOf, type Owner } from '../billing-account/billing-account.ts';

const columns = pick(
  'payment_methods as m',
  'id',
  'billing_account_id',
  'gateway_id',
  'type',
  'brand',
  'last4',
  'exp_month',
  'exp_year',
  'bank_name',
  'status',
  'is_default',
  'session_url',
);

/** A method that its customer sees. */
export type OwnMethod = RowOf<typeof columns>;

const MAX_METHODS = 100;

/** Of all accounts of the owner, without pages that were not completed. The default is first. */
export function listOwnMethods(db: TenantDb, owner: Owner) {
  const methods = accountsOf(db.from('payment_methods as m'), 'm.billing_account_id', owner)
    .whereRaw(`m.status in ('active', 'verifying', 'needs_attention', 'removing')`)
    .orderBy([{ column: 'm.is_default', order: 'desc' }, { column: 'm.id' }])
    .limit(MAX_METHODS);
  return selectRows(methods, columns);
}

/** Also one that was removed. */
export function findOwnMethod(db: TenantDb, owner: Owner, id: string) {
  const methods = accountsOf(db.from('payment_methods as m'), 'm.billing_account_id', owner);
  return selectRow(methods.where('m.id', id), columns);
}
