import { Router, type Request, type Response } from 'express';
import { findBilling, type Billing } from '../../domain/billing/billing-settings.ts';
import { later } from '../../domain/billing/civil-date.ts';
import type { Balance } from '../../domain/invoice/invoice-queries.ts';
import { ownInvoiceList, ownStatusFilters } from '../../domain/invoice/invoice-list.ts';
import { listOwnOpenInvoices, ownerId, type OwnOpenInvoice } from '../../domain/invoice/own-invoices.ts';
import { isOverdue, openCents } from '../../domain/invoice/invoice.ts';
import { yearsUntil } from '../../domain/ledger/statement-months.ts';
import { listComingPayments } from '../../domain/payment/own-payments.ts';
import { readAutopayInvoices, type AutopayInvoice } from '../../domain/payment/planned-charges.ts';
import { readPaymentDetails, type PaymentDetails } from '../../domain/payment-method/payment-details.ts';
import { contextPath, ownerOf } from '../../http/customer-context.ts';
import { may } from '../../http/guards.ts';
import { readList } from '../../http/read-list.ts';
import { translateFor } from '../../http/render-page.ts';
import { listedInvoice } from './invoice-rows.ts';
import { paymentDetailsView } from './payment-details.ts';
import { paymentView } from './payment-view.ts';

export const billing = Router({ mergeParams: true });

billing.get('/', may('billing.view', 'payment_details.view'), (req, res) =>
  req.actor.permissions.has('billing.view') ? showBilling(req, res) : showPaymentDetails(req, res),
);

async function showBilling(req: Request, res: Response): Promise<void> {
  const owner = ownerOf(req);
  const list = await readList(req, res, ownInvoiceList, { owner: ownerId(owner) });
  if (!list) return;
  const [open, coming, charged, fetched, settings, ...details] = await req.readTenant((db) => [
    listOwnOpenInvoices(db, owner),
    listComingPayments(db, owner),
    readAutopayInvoices(db, owner),
    ownInvoiceList.rows(db, list.query, list.place),
    findBilling(db),
    ...readPaymentDetails(db, owner),
  ]);
  const page = await list.page(fetched);
  if (!page) return;
  const { rows, ...links } = page;
  const { filters } = list.query;
  const [balances] = details;
  const t = translateFor(req);
  res.page('account/billing/list', {
    ...pageLocals(req, details, settings, charged),
    accounts: balances.map((balance) => accountView(balance, open, settings)),
    open: open.map((invoice) => openInvoice(invoice, settings)),
    coming: coming.map((payment) => paymentView(t, payment)),
    invoices: rows.map((invoice) => listedInvoice(invoice, settings)),
    year_filter: filters.year ?? '',
    years: yearsUntil(settings.today).map(String),
    status_filter: filters.status ?? '',
    statuses: ownStatusFilters,
    is_filtered: list.isFiltered,
    ...links,
  });
}

/** For a role that does not see invoices. */
async function showPaymentDetails(req: Request, res: Response): Promise<void> {
  const owner = ownerOf(req);
  const [settings, ...details] = await req.readTenant((db) => [
    findBilling(db),
    ...readPaymentDetails(db, owner),
  ]);
  res.page('account/billing/list', pageLocals(req, details, settings, null));
}

function pageLocals(
  req: Request,
  details: PaymentDetails,
  settings: Billing,
  charged: readonly AutopayInvoice[] | null,
) {
  return {
    title: 'Billing',
    base: contextPath(req),
    is_test_mode: settings.gateway_mode === 'test',
    ...paymentDetailsView(translateFor(req), details, settings, charged),
  };
}

function openInvoice(invoice: OwnOpenInvoice, settings: Billing) {
  const { pending_payment_id, pending_cents, pending_status } = invoice;
  return { ...listedInvoice(invoice, settings), pending_payment_id, pending_cents, pending_status };
}

/** What is due in one currency, and what is to be paid next. */
function accountView(balance: Balance, open: readonly OwnOpenInvoice[], settings: Billing) {
  const { currency, receivable_cents, credit_cents, deposit_cents } = balance;
  const ofCurrency = open.filter((invoice) => invoice.currency === currency);
  const overdue = ofCurrency.filter((invoice) => isOverdue(invoice, settings));
  return {
    currency,
    receivable_cents,
    credit_cents,
    deposit_cents,
    overdue_cents: overdue.reduce((sum, invoice) => sum + openCents(invoice), 0n),
    next: nextPayment(ofCurrency, settings),
  };
}

/** All that is due, else what is due next. Null if nothing is to be paid. The first page of the account has the same. */
function nextPayment(open: readonly OwnOpenInvoice[], settings: Billing) {
  const unpaid = open.filter((invoice) => invoice.status !== 'pending' && undisputedCents(invoice) > 0n);
  const dayOf = ({ due_on }: OwnOpenInvoice) => later(due_on!, settings.today);
  const [day] = unpaid.map(dayOf).toSorted();
  const due = unpaid.filter((invoice) => dayOf(invoice) === day);
  const [first] = due;
  if (!first) return null;
  return {
    id: first.id,
    label: first.label,
    due_on: first.due_on,
    count: due.length,
    cents: due.reduce((sum, invoice) => sum + undisputedCents(invoice), 0n),
    is_overdue: due.some((invoice) => isOverdue(invoice, settings)),
  };
}

function undisputedCents(invoice: OwnOpenInvoice): bigint {
  return openCents(invoice) - invoice.disputed_cents;
}
