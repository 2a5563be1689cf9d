import type { Knex } from 'knex';
import { pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import { id, oneOf } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Owner } from '../billing-account/billing-account.ts';
import { overdueSql, year } from './invoice-list.ts';
import { invoiceColumns, withCustomer } from './invoice-queries.ts';
import { openSql, openStatuses } from './invoice.ts';

const columns = {
  ...pick('invoices as i', 'id', 'kind', 'label', 'status', 'issued_on', 'due_on', 'currency'),
  ...pick('invoices as i', 'total_cents', 'paid_cents', 'credited_cents', 'written_off_cents'),
  ...pick('invoices as i', 'disputed_cents'),
};

/** A row of a list that the customer sees. */
export type OwnInvoice = RowOf<typeof columns>;

/** Customers see neither drafts nor deleted drafts. */
const IS_ISSUED = `i.status <> 'draft' and i.number is not null`;

export const ownStatusFilters = ['sent', 'overdue', 'pending', 'failed', 'paid', 'deleted'] as const;

/** The billing history of a person or a company, by their id. */
export const ownInvoiceList = list({
  from: 'invoices as i',
  join: (invoices) => void invoices.whereRaw(IS_ISSUED),
  columns: () => columns,
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

export function ownerId(owner: Owner): string {
  return 'user_id' in owner ? owner.user_id : owner.company_id;
}

/** Of a list of open invoices and of the invoices of a unit. The others are in the billing history. */
const MAX_INVOICES = 100;
const MAX_OF_RENTAL = 12;

/** The oldest due day first. */
export function listOwnOpenInvoices(db: TenantDb, owner: Owner) {
  const invoices = ofOwner(db, owner)
    .where('i.kind', 'invoice')
    .whereRaw(`i.status = any('{${openStatuses.join()}}'::text[]) and ${openSql('i')} > 0`)
    .orderBy(['i.due_on', 'i.number'])
    .limit(MAX_INVOICES);
  return selectRows(invoices, columns);
}

/** The latest with a line of the rental. */
export function listOwnInvoicesOfRental(db: TenantDb, owner: Owner, rentalId: string) {
  const lines = db.from('invoice_lines as l').where('l.rental_id', rentalId).select('l.invoice_id');
  const invoices = ofOwner(db, owner)
    .whereRaw(IS_ISSUED)
    .whereIn('i.id', lines)
    .orderBy([
      { column: 'i.issued_on', order: 'desc' },
      { column: 'i.id', order: 'desc' },
    ])
    .limit(MAX_OF_RENTAL);
  return selectRows(invoices, columns);
}

/** Undefined for a draft and for an invoice of another owner. */
export function findOwnInvoice(db: TenantDb, owner: Owner, id: string) {
  const invoice = withCustomer(db.from('invoices as i')).whereRaw(IS_ISSUED).where('i.id', id);
  return selectRow(whereOwner(invoice, owner), invoiceColumns);
}

function ofOwner(db: TenantDb, owner: Owner): Knex.QueryBuilder {
  const invoices = db
    .from('invoices as i')
    .join('billing_accounts as b', { 'b.tenant_id': 'i.tenant_id', 'b.id': 'i.billing_account_id' });
  return whereOwner(invoices, owner);
}

function whereOwner(rows: Knex.QueryBuilder, owner: Owner): Knex.QueryBuilder {
  return 'user_id' in owner
    ? rows.where('b.user_id', owner.user_id)
    : rows.where('b.company_id', owner.company_id);
}
