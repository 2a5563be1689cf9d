import type { Knex } from 'knex';
import { column, nullable, pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { accountsOf, type Owner } from '../billing-account/billing-account.ts';
import type { PaymentStatus } from '../payment/payment.ts';
import { invoiceColumns, withCustomer } from './invoice-queries.ts';
import { openSql, openStatuses } from './invoice.ts';

export const ownColumns = (db: TenantDb) => ({
  ...pick('invoices as i', 'id', 'kind', 'label', 'status', 'issued_on', 'due_on', 'currency'),
  ...pick('invoices as i', 'total_cents', 'paid_cents', 'credited_cents', 'written_off_cents'),
  ...pick('invoices as i', 'disputed_cents', 'due_again_on'),
  /** Of the first line. */
  ...pick('invoice_lines as f', 'description', 'description_params'),
  line_count: db.raw<number>(
    `(select cast(count(*) as int) from invoice_lines n where n.tenant_id = ? and n.invoice_id = i.id)`,
    [db.tenantId],
  ),
});

/** A row of a list that the customer sees. */
export type OwnInvoice = RowOf<ReturnType<typeof ownColumns>>;

/** An invoice has a line at least. */
export function withFirstLine(invoices: Knex.QueryBuilder): Knex.QueryBuilder {
  return invoices.join('invoice_lines as f', (line) => {
    void line.on('f.tenant_id', 'i.tenant_id').andOn('f.invoice_id', 'i.id').andOnVal('f.position', 1);
  });
}

/** Customers see neither drafts nor deleted drafts. */
export const IS_ISSUED = `i.status <> 'draft' and i.number is not null`;

export function ownerId(owner: Owner): string {
  return 'user_id' in owner ? owner.user_id : owner.company_id;
}

/** Of a list of open invoices and of the invoices of a unit. The others are in the billing history. */
const MAX_INVOICES = 100;
const MAX_OF_RENTAL = 12;

const openColumns = (db: TenantDb) => ({
  ...ownColumns(db),
  ...pick('invoices as i', 'billing_account_id'),
  /** The payment on its way. */
  pending_payment_id: nullable(column('payments as y', 'id')),
  pending_cents: nullable(column('payments as y', 'amount_cents')),
  pending_status: nullable(column('payments as y', 'status')),
});

export type OwnOpenInvoice = RowOf<ReturnType<typeof openColumns>>;

/** The oldest due day first. */
export function listOwnOpenInvoices(db: TenantDb, owner: Owner) {
  const invoices = ofOwner(db, owner)
    .leftJoin('payments as y', { 'y.tenant_id': 'i.tenant_id', 'y.id': 'i.pending_payment_id' })
    .where('i.kind', 'invoice')
    .whereRaw(`i.status = any('{${openStatuses.join()}}'::text[]) and ${openSql('i')} > 0`)
    .orderBy(['i.due_on', 'i.number'])
    .limit(MAX_INVOICES);
  return selectRows(withFirstLine(invoices), openColumns(db));
}

/** The accounts of those invoices that the owner has. */
export function findAccountsOfInvoices(db: TenantDb, owner: Owner, ids: readonly string[]) {
  const invoices = ofOwner(db, owner).whereRaw(`${IS_ISSUED} and i.id = any(?::uuid[])`, [[...ids]]);
  return selectRows(invoices, pick('invoices as i', 'id', 'billing_account_id', 'currency'));
}

/** The latest with a line of the rental. */
export function listOwnInvoicesOfRental(db: TenantDb, owner: Owner, rentalId: string) {
  const ofRental = db.from('invoice_lines as l').where('l.rental_id', rentalId);
  const lines = selectRows(ofRental, pick('invoice_lines as l', 'invoice_id'));
  const invoices = ofOwner(db, owner)
    .whereRaw(IS_ISSUED)
    .whereIn('i.id', lines)
    .orderBy([
      { column: 'i.issued_on', order: 'desc' },
      { column: 'i.id', order: 'desc' },
    ])
    .limit(MAX_OF_RENTAL);
  return selectRows(withFirstLine(invoices), ownColumns(db));
}

export interface OwnDispute {
  id: string;
  /** As a text, because it comes as JSON. */
  amount_cents: string;
  reason: string;
  comment: string | null;
  status: 'open' | 'accepted' | 'rejected';
  decision_reason: string | null;
}

const detailColumns = (db: TenantDb) => ({
  ...invoiceColumns,
  ...pick('invoices as i', 'pending_payment_id'),
  pending_status: db.raw<PaymentStatus | null>(
    '(select y.status from payments y where y.tenant_id = ? and y.id = i.pending_payment_id)',
    [db.tenantId],
  ),
  /** The oldest first. */
  disputes: db.raw<OwnDispute[] | null>(
    `(select jsonb_agg(jsonb_build_object('id', s.id, 'amount_cents', cast(s.amount_cents as text), 'reason', s.reason,
        'comment', s.comment, 'status', s.status, 'decision_reason', s.decision_reason) order by s.id)
      from short_payments s
      where s.tenant_id = ? and s.invoice_id = i.id and s.status in ('open', 'accepted', 'rejected'))`,
    [db.tenantId],
  ),
});

export type OwnInvoiceDetail = RowOf<ReturnType<typeof detailColumns>>;

/** Undefined for a draft and for an invoice of another owner. */
export function findOwnInvoice(db: TenantDb, owner: Owner, id: string) {
  const invoice = withCustomer(db.from('invoices as i')).whereRaw(IS_ISSUED).where('i.id', id);
  return selectRow(whereOwner(invoice, owner), detailColumns(db));
}

function ofOwner(db: TenantDb, owner: Owner): Knex.QueryBuilder {
  return accountsOf(db.from('invoices as i'), 'i.billing_account_id', owner);
}

function whereOwner(rows: Knex.QueryBuilder, owner: Owner): Knex.QueryBuilder {
  return 'user_id' in owner
    ? rows.where('b.user_id', owner.user_id)
    : rows.where('b.company_id', owner.company_id);
}
