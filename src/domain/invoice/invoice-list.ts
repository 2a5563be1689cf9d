import type { Knex } from 'knex';
import { column, nullable, pick, type RowOf } from '../../database/columns.ts';
import {
  createdRange,
  dayRange,
  id,
  manyOf,
  oneOf,
  whereDaysBetween,
  type Days,
  type Filter,
  type FilterContext,
} from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { toAsciiDigits } from '../../digits.ts';
import { prefixSearch } from '../search/find-ids.ts';
import { beginsWith } from '../search/matching-ids.ts';
import { whereDays } from './days-of-invoices.ts';
import { openSql } from './invoice.ts';
import { IS_ISSUED, ownColumns, withFirstLine } from './own-invoices.ts';

const columns = (db: TenantDb) => ({
  ...pick('invoices as i', 'id', 'kind', 'label', 'status', 'issued_on', 'due_on', 'currency'),
  ...pick('invoices as i', 'total_cents', 'paid_cents', 'credited_cents', 'written_off_cents'),
  ...pick('invoices as i', 'disputed_cents'),
  ...pick('billing_accounts as b', 'user_id', 'company_id'),
  company_name: nullable(column('companies as c', 'name')),
  user_name: nullable(column('users as u', 'name')),
  user_email: nullable(column('users as u', 'email')),
  is_overdue: db.raw<boolean>(overdueSql(db), overdueBindings(db.tenantId)),
});

export type ListedInvoice = RowOf<ReturnType<typeof columns>>;

export const statusFilters = ['draft', 'sent', 'pending', 'failed', 'overdue', 'paid', 'deleted'] as const;

const shared = {
  from: 'invoices as i',
  join: (invoices: Knex.QueryBuilder) => {
    void invoices
      .join('billing_accounts as b', { 'b.tenant_id': 'i.tenant_id', 'b.id': 'i.billing_account_id' })
      .leftJoin('companies as c', { 'c.tenant_id': 'b.tenant_id', 'c.id': 'b.company_id' })
      .leftJoin('users as u', { 'u.tenant_id': 'b.tenant_id', 'u.id': 'b.user_id' });
  },
  // A deleted draft never was an invoice.
  where: (invoices: Knex.QueryBuilder) =>
    void invoices.whereRaw(`(i.status <> 'deleted' or i.number is not null)`),
  columns,
  orders: { created: { columns: ['i.id'], fields: ['id'] } },
  defaultSort: '-created',
} as const;

const filters = {
  status: manyOf(statusFilters, (invoices, status, { db }) => {
    if (status === 'overdue') void invoices.whereRaw(overdueSql(db), overdueBindings(db.tenantId!));
    else void invoices.where('i.status', status);
  }),
  kind: oneOf(['invoice', 'credit_note'], 'i.kind'),
  year: year((invoices, days, context) => whereDays(invoices, 'issued_on', days, context)),
  due: dayRange((invoices, days, context) => whereDays(invoices, 'due_on', days, context)),
  created: createdRange('i.id'),
};

export const invoiceList = list({
  ...shared,
  entity: 'invoice',
  filters: {
    ...filters,
    /** The id of a company or a person. */
    customer: ownedBy(),
  },
  searchIds: prefixSearch('i.id', (db, q) =>
    whereLabelBegins(db.visible('invoices as i'), q).orderBy('i.label_norm'),
  ),
});

/** The invoices of one company or person. */
export const customerInvoiceList = list({
  ...shared,
  filters,
  within: { customer: ownedBy() },
  search: whereLabelBegins,
});

export const ownStatusFilters = ['sent', 'overdue', 'pending', 'failed', 'paid', 'deleted'] as const;

/** The billing history of a person or a company, by their id. */
export const ownInvoiceList = list({
  from: 'invoices as i',
  join: (invoices) => void withFirstLine(invoices),
  where: (invoices) => void invoices.whereRaw(IS_ISSUED),
  columns: ownColumns,
  orders: { issued: { columns: ['i.issued_on', 'i.id'], fields: ['issued_on', 'id'] } },
  defaultSort: '-issued',
  filters: {
    year: year((invoices, days) => void whereDaysBetween(invoices, 'i.issued_on', days)),
    status: oneOf(ownStatusFilters, (invoices, status, { db }) => {
      if (status === 'overdue') return void invoices.whereRaw(overdueSql(db), overdueBindings(db.tenantId!));
      void invoices.where('i.status', status).where('i.kind', 'invoice');
    }),
  },
  within: { owner: ownedBy() },
});

function whereLabelBegins(invoices: Knex.QueryBuilder, q: string): Knex.QueryBuilder {
  return beginsWith(invoices, 'i.label_norm', toAsciiDigits(q).toLowerCase());
}

function ownedBy(): Filter<string, false> {
  return id((invoices, owner, { db }) => {
    void invoices.whereRaw(
      `i.billing_account_id in (select ba.id from billing_accounts ba
         where ba.tenant_id = ? and (ba.user_id = ? or ba.company_id = ?))`,
      [db.tenantId!, owner, owner],
    );
  });
}

/** The same as `isOverdue`. */
export function overdueSql({ now }: Pick<FilterContext['db'], 'now'>): string {
  const day = `(select cast(${now} at time zone t.time_zone as date) - s.overdue_after_days
    from billing_settings s join tenants t on t.id = s.tenant_id where s.tenant_id = ?)`;
  return `(i.kind = 'invoice' and i.status in ('sent', 'failed') and ${openSql('i')} > 0
    and i.due_on < ${day} and (i.due_again_on is null or i.due_again_on < ${day}))`;
}

export function overdueBindings(tenantId: string): string[] {
  return [tenantId, tenantId];
}

/** Of the issue. */
function year(
  apply: (invoices: Knex.QueryBuilder, days: Days, context: FilterContext) => void,
): Filter<string, false> {
  return {
    isMultiple: false,
    parse: (text) => (/^(19|20|21)\d\d$/.test(toAsciiDigits(text)) ? toAsciiDigits(text) : undefined),
    apply: (invoices, [value], context) =>
      apply(invoices, { from: `${value}-01-01`, to: `${value}-12-31` }, context),
  };
}
