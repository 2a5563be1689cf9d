import { id, oneOf } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import { overdueSql, year } from './invoice-list.ts';
import { IS_ISSUED, ownColumns } from './own-invoices.ts';

export const ownStatusFilters = ['sent', 'overdue', 'pending', 'failed', 'paid', 'deleted'] as const;

/** The billing history of a person or a company, by their id. */
export const ownInvoiceList = list({
  from: 'invoices as i',
  join: (invoices) => void invoices.whereRaw(IS_ISSUED),
  columns: () => ownColumns,
  orders: { issued: { columns: ['i.issued_on', 'i.id'], fields: ['issued_on', 'id'] } },
  defaultSort: '-issued',
  filters: {
    year: year(),
    status: oneOf(ownStatusFilters, (invoices, status, { db }) => {
      if (status === 'overdue') return void invoices.whereRaw(overdueSql(db), [db.tenantId!]);
      void invoices.where('i.status', status).where('i.kind', 'invoice');
    }),
  },
  within: {
    owner: id((invoices, owner, { db }) => {
      void invoices.whereRaw(
        `i.billing_account_id in (select ba.id from billing_accounts ba
           where ba.tenant_id = ? and (ba.user_id = ? or ba.company_id = ?))`,
        [db.tenantId!, owner, owner],
      );
    }),
  },
});
