import { pick, selectRows, type Column, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { CivilDate } from '../billing/civil-date.ts';
import { overdueBindings, overdueSql } from '../invoice/invoice-list.ts';
import { openSql, openStatuses } from '../invoice/invoice.ts';

const columns = {
  ...pick('billing_accounts as b', 'user_id', 'company_id', 'currency', 'receivable_cents'),
  units: 'r.units' as Column<number>,
  next_due_on: 'n.due_on' as Column<CivilDate | null>,
  next_cents: 'n.open_cents' as Column<bigint | null>,
  is_overdue: 'n.is_overdue' as Column<boolean | null>,
};

/** What the first page shows of an account: its units, and the open invoice that is due first. */
export type AccountSummary = RowOf<typeof columns>;

/** Of a person and of the companies that they act for. */
export function listAccountSummaries(db: TenantDb, userId: string, companyIds: readonly string[]) {
  const accounts = db
    .from('billing_accounts as b')
    .whereRaw('(b.user_id = ? or b.company_id = any(?::uuid[]))', [userId, [...companyIds]])
    .joinRaw(
      `cross join lateral (
         select cast(count(*) as int) as units from rentals r
         where r.tenant_id = ? and r.billing_account_id = b.id and r.status in ('reserved', 'active')) r
       left join lateral (
         select i.due_on, ${openSql('i')} as open_cents, ${overdueSql(db)} as is_overdue from invoices i
         where i.tenant_id = ? and i.billing_account_id = b.id and i.kind = 'invoice'
           and i.status = any('{${openStatuses.join()}}'::text[]) and ${openSql('i')} > 0
         order by i.due_on, i.number limit 1) n on true`,
      [db.tenantId, ...overdueBindings(db.tenantId), db.tenantId],
    )
    .orderBy('b.currency');
  return selectRows(accounts, columns);
}
