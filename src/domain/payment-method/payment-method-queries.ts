import { column, nullable, pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import { lockAccount, type BillingAccount, type Owner } from '../billing-account/billing-account.ts';

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

const shownColumns = {
  ...pick('payment_methods as m', 'id', 'type', 'brand', 'last4', 'bank_name', 'exp_month', 'exp_year'),
  ...pick('payment_methods as m', 'status', 'is_default', 'billing_account_id'),
  ...pick('billing_accounts as b', 'currency', 'user_id', 'company_id', 'autopay_since'),
  company_name: nullable(column('companies as c', 'name')),
  user_name: nullable(column('users as u', 'name')),
  user_email: nullable(column('users as u', 'email')),
};

export type ShownMethod = RowOf<typeof shownColumns>;

function shownMethods(db: TenantDb) {
  return db
    .visible('payment_methods as m')
    .join('billing_accounts as b', { 'b.tenant_id': 'm.tenant_id', 'b.id': 'm.billing_account_id' })
    .leftJoin('companies as c', { 'c.tenant_id': 'b.tenant_id', 'c.id': 'b.company_id' })
    .leftJoin('users as u', { 'u.tenant_id': 'b.tenant_id', 'u.id': 'b.user_id' })
    .whereRaw(`m.status = any('{${shownStatuses.join()}}'::text[])`);
}

export function methodsOf(db: TenantDb, owner: Owner) {
  const [[name, id]] = Object.entries(owner) as [[string, string]];
  return shownMethods(db).where(`b.${name}`, id);
}

/** Of all accounts of a person or a company, for staff. */
export function listMethodsOf(db: TenantDb, owner: Owner) {
  const methods = methodsOf(db, owner)
    .orderBy([{ column: 'm.is_default', order: 'desc' }, { column: 'm.id' }])
    .limit(100);
  return selectRows(methods, shownColumns);
}

export function findShownMethod(db: TenantDb, id: string) {
  return selectRow(shownMethods(db).where('m.id', id), shownColumns);
}

/** Active ones of the same account, of which one can be the next default. */
export function listOtherMethods(db: TenantDb, id: string) {
  const others = db
    .visible('payment_methods as m')
    .join('payment_methods as r', {
      'r.tenant_id': 'm.tenant_id',
      'r.billing_account_id': 'm.billing_account_id',
    })
    .where({ 'r.id': id, 'm.status': 'active' })
    .whereNot('m.id', id)
    .orderBy('m.id')
    .limit(100);
  return selectRows(others, pick('payment_methods as m', 'id', 'type', 'brand', 'last4', 'bank_name'));
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
