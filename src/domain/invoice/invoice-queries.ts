import type { Knex } from 'knex';
import {
  column,
  nullable,
  pick,
  selectRow,
  selectRows,
  type Column,
  type RowOf,
} from '../../database/columns.ts';
import { isId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Party } from '../billing/billing-settings.ts';
import { normaliseCode } from '../company/company.ts';
import { parseEmailAddress } from '../text/email-address.ts';
import { openSql } from './invoice.ts';

const sumColumns = pick(
  'invoices as i',
  'id',
  'kind',
  'billing_account_id',
  'number',
  'label',
  'status',
  'issued_on',
  'due_on',
  'total_cents',
  'paid_cents',
  'credited_cents',
  'written_off_cents',
  'credit_noted_cents',
  'disputed_cents',
  'due_again_on',
  'currency',
  'po_number',
  'source',
  'source_key',
  'net_cents',
  'tax_cents',
  'version',
);

export type InvoiceForUpdate = RowOf<typeof sumColumns>;

/** What an action reads before and after it locks the account of the invoice. */
export function findInvoiceForUpdate(db: TenantDb, id: string) {
  return selectRow(db.visible('invoices as i').where('i.id', id), sumColumns);
}

/** In which the amounts of a form are read. */
export function findInvoiceCurrency(db: TenantDb, id: string) {
  return selectRow(db.visible('invoices as i').where('i.id', id), pick('invoices as i', 'currency'));
}

/** Those of the ids that are drafts, in the order of their ids. */
export function listDrafts(db: TenantDb, ids: readonly string[]) {
  const drafts = db
    .visible('invoices as i')
    .where('i.status', 'draft')
    .whereRaw('i.id = any(?::uuid[])', [[...ids]])
    .orderBy('i.id');
  return selectRows(drafts, sumColumns);
}

export const invoiceColumns = {
  ...sumColumns,
  ...pick('invoices as i', 'credits_invoice_id', 'first_sent_at', 'paid_at', 'deleted_at', 'created_at'),
  ...pick('invoices as i', 'deleted_reason', 'written_off_reason', 'note', 'custom'),
  seller: column('invoices as i', 'seller') as Column<Party | null>,
  buyer: column('invoices as i', 'buyer') as Column<Party>,
  ...pick('billing_accounts as b', 'user_id', 'company_id', 'reference'),
  credit_cents: column('billing_accounts as b', 'credit_cents'),
  user_name: nullable(column('users as u', 'name')),
  user_email: nullable(column('users as u', 'email')),
  company_name: nullable(column('companies as c', 'name')),
  company_code: nullable(column('companies as c', 'code')),
  deleted_by_name: nullable(column('users as d', 'name')),
  credits_label: nullable(column('invoices as o', 'label')),
};

export type InvoiceDetail = RowOf<typeof invoiceColumns>;

/** With its account, its customer and, of a credit note, the invoice that it takes back. */
export function findInvoice(db: TenantDb, id: string) {
  return selectRow(withCustomer(db.visible('invoices as i')).where('i.id', id), invoiceColumns);
}

export function withCustomer(invoices: Knex.QueryBuilder): Knex.QueryBuilder {
  return invoices
    .join('billing_accounts as b', { 'b.tenant_id': 'i.tenant_id', 'b.id': 'i.billing_account_id' })
    .leftJoin('users as u', { 'u.tenant_id': 'b.tenant_id', 'u.id': 'b.user_id' })
    .leftJoin('companies as c', { 'c.tenant_id': 'b.tenant_id', 'c.id': 'b.company_id' })
    .leftJoin('users as d', { 'd.tenant_id': 'i.tenant_id', 'd.id': 'i.deleted_by' })
    .leftJoin('invoices as o', { 'o.tenant_id': 'i.tenant_id', 'o.id': 'i.credits_invoice_id' });
}

export const lineColumns = pick(
  'invoice_lines as l',
  'position',
  'kind',
  'description',
  'description_params',
  'rental_id',
  'quantity_milli',
  'unit_cents',
  'net_cents',
  'tax_rate_id',
  'tax_ppm',
  'tax_cents',
  'starts_on',
  'ends_on',
  'days',
  'full_days',
  'full_cents',
  'credited_net_cents',
  'credited_tax_cents',
  'credits_position',
  'credits_invoice_id',
);

export type Line = RowOf<typeof lineColumns>;

/** The invoice must be visible to the viewer. */
export function listLines(db: TenantDb, invoiceId: string) {
  const lines = db.from('invoice_lines as l').where('l.invoice_id', invoiceId).orderBy('l.position');
  return selectRows(lines, lineColumns);
}

export function listLinesOf(db: TenantDb, invoiceIds: readonly string[]) {
  const lines = db
    .from('invoice_lines as l')
    .whereRaw('l.invoice_id = any(?::uuid[])', [[...invoiceIds]])
    .orderBy(['l.invoice_id', 'l.position']);
  return selectRows(lines, { ...lineColumns, ...pick('invoice_lines as l', 'invoice_id') });
}

const creditNoteColumns = pick('invoices as i', 'id', 'label', 'issued_on', 'total_cents', 'note');

export function listCreditNotes(db: TenantDb, invoiceId: string) {
  const notes = db
    .visible('invoices as i')
    .where('i.credits_invoice_id', invoiceId)
    .orderBy('i.id')
    .limit(200);
  return selectRows(notes, creditNoteColumns);
}

const allocationColumns = {
  ...pick('allocations as a', 'id', 'source', 'source_id', 'amount_cents', 'reverses_id'),
  ...pick('allocations as a', 'effective_on', 'at'),
  channel: nullable(column('payments as p', 'channel')),
  payment_reference: nullable(column('payments as p', 'reference')),
  received_on: nullable(column('payments as p', 'received_on')),
};

export type InvoiceAllocation = RowOf<typeof allocationColumns>;

/** What settled the invoice and what was taken back, the oldest first. */
export function listAllocations(db: TenantDb, invoiceId: string) {
  const allocations = db
    .visible('allocations as a')
    .leftJoin('payments as p', { 'p.tenant_id': 'a.tenant_id', 'p.id': 'a.source_id' })
    .where('a.invoice_id', invoiceId)
    .orderBy('a.id')
    .limit(500);
  return selectRows(allocations, allocationColumns);
}

const commentColumns = {
  ...pick('invoice_comments as c', 'id', 'body', 'at'),
  ...pick('users as u', 'audience'),
  author_name: column('users as u', 'name'),
  author_email: column('users as u', 'email'),
};

export function listComments(db: TenantDb, invoiceId: string) {
  const comments = db
    .from('invoice_comments as c')
    .join('users as u', { 'u.tenant_id': 'c.tenant_id', 'u.id': 'c.author_id' })
    .where('c.invoice_id', invoiceId)
    .orderBy('c.id')
    .limit(200);
  return selectRows(comments, commentColumns);
}

const openColumns = (db: TenantDb) => ({
  ...pick('invoices as i', 'id', 'label', 'due_on', 'status', 'total_cents', 'disputed_cents'),
  open_cents: db.raw<bigint>(openSql('i')),
});

/** The open invoices of a company, by its code, or a person, by the email address or the id, as `listOpenInvoices` orders them. */
export function listOpenInvoicesOf(
  db: TenantDb,
  { customer, currency }: { customer: string; currency: string },
) {
  const invoices = db
    .visible('invoices as i')
    .join('billing_accounts as b', { 'b.tenant_id': 'i.tenant_id', 'b.id': 'i.billing_account_id' })
    .leftJoin('companies as c', { 'c.tenant_id': 'b.tenant_id', 'c.id': 'b.company_id' })
    .leftJoin('users as u', { 'u.tenant_id': 'b.tenant_id', 'u.id': 'b.user_id' })
    .where({ 'i.currency': currency, 'i.kind': 'invoice' })
    .where((owner) => {
      void owner
        .where('c.code_norm', normaliseCode(customer))
        .orWhere('u.email_norm', parseEmailAddress(customer) ?? '');
      if (isId(customer)) void owner.orWhere('u.id', customer);
    })
    .whereRaw(`i.status in ('sent', 'failed', 'pending') and ${openSql('i')} > 0`)
    .orderBy(['i.due_on', 'i.number'])
    .limit(100);
  return selectRows(invoices, openColumns(db));
}

const accountColumns = pick(
  'billing_accounts as b',
  'id',
  'currency',
  'reference',
  'receivable_cents',
  'credit_cents',
  'deposit_cents',
  'autopay_since',
);

export type Balance = RowOf<typeof accountColumns>;

const closedColumns = {
  ...pick('billing_accounts as b', 'id', 'currency', 'reference'),
  closed_at: column('billing_accounts as b', 'closed_at') as Column<Date>,
};

/** Accounts of users who were merged into the owner, whose balance has moved. */
export function listClosedAccounts(db: TenantDb, userId: string) {
  const accounts = db.visible('billing_accounts as b').where('b.user_id', userId).whereNotNull('b.closed_at');
  return selectRows(accounts.orderBy('b.id'), closedColumns);
}

/** Of the open accounts, one for each currency. */
export function listBalances(db: TenantDb, owner: { user_id: string } | { company_id: string }) {
  const open = db.visible('billing_accounts as b').where(owner).whereNull('b.closed_at');
  const accounts = open.orderBy('b.currency');
  return selectRows(accounts, accountColumns);
}
