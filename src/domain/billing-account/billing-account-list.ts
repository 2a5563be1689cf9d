import { column, nullable, pick, type RowOf } from '../../database/columns.ts';
import { list } from '../../database/list.ts';

const columns = {
  ...pick('billing_accounts as b', 'id', 'user_id', 'company_id', 'currency'),
  ...pick('billing_accounts as b', 'credit_cents', 'receivable_cents'),
  company_name: nullable(column('companies as c', 'name')),
  user_name: nullable(column('users as u', 'name')),
  user_email: nullable(column('users as u', 'email')),
};

export type CreditBalance = RowOf<typeof columns>;

/** Accounts with credit that no invoice has used. */
export const creditList = list({
  from: 'billing_accounts as b',
  join: (accounts) =>
    void accounts
      .leftJoin('companies as c', { 'c.tenant_id': 'b.tenant_id', 'c.id': 'b.company_id' })
      .leftJoin('users as u', { 'u.tenant_id': 'b.tenant_id', 'u.id': 'b.user_id' }),
  where: (accounts) => void accounts.where('b.credit_cents', '>', 0),
  columns: () => columns,
  orders: { credit: { columns: ['b.credit_cents', 'b.id'], fields: ['credit_cents', 'id'] } },
  defaultSort: '-credit',
});
