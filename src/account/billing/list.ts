import { Router, type Request, type Response } from 'express';
import { findBilling, type Billing } from '../../domain/billing/billing-settings.ts';
import { listBalances, type Balance } from '../../domain/invoice/invoice-queries.ts';
import { ownInvoiceList, ownStatusFilters } from '../../domain/invoice/invoice-list.ts';
import { listOwnOpenInvoices, ownerId, type OwnInvoice } from '../../domain/invoice/own-invoices.ts';
import { isOverdue, openCents } from '../../domain/invoice/invoice.ts';
import { yearsUntil } from '../../domain/ledger/statement-months.ts';
import { contextPath, ownerOf } from '../../http/customer-context.ts';
import { may } from '../../http/guards.ts';
import { readList } from '../../http/read-list.ts';
import { listedInvoice } from './invoice-rows.ts';

export const billing = Router({ mergeParams: true });

billing.get('/', may('billing.view', 'payment_details.view'), (req, res) =>
  req.actor.permissions.has('billing.view') ? showBilling(req, res) : showPaymentDetails(req, res),
);

async function showBilling(req: Request, res: Response): Promise<void> {
  const owner = ownerOf(req);
  const list = await readList(req, res, ownInvoiceList, { owner: ownerId(owner) });
  if (!list) return;
  const [balances, open, fetched, settings] = await req.readTenant((db) => [
    listBalances(db, owner),
    listOwnOpenInvoices(db, owner),
    ownInvoiceList.rows(db, list.query, list.place),
    findBilling(db),
  ]);
  const page = await list.page(fetched);
  if (!page) return;
  const { rows, ...links } = page;
  const { filters } = list.query;
  res.page('account/billing/list', {
    ...pageLocals(req, balances, settings),
    accounts: balances.map((balance) => accountView(balance, open, settings)),
    open: open.map((invoice) => listedInvoice(invoice, settings)),
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
  const [balances, settings] = await req.readTenant((db) => [
    listBalances(db, ownerOf(req)),
    findBilling(db),
  ]);
  res.page('account/billing/list', pageLocals(req, balances, settings));
}

function pageLocals(req: Request, balances: readonly Balance[], settings: Billing) {
  return {
    title: 'Billing',
    base: contextPath(req),
    references: balances.map(({ reference }) => reference),
    bank_details: settings.bank_details,
    is_test_mode: settings.gateway_mode === 'test',
  };
}

/** What is due in one currency, and the first invoice to pay. */
function accountView(balance: Balance, open: readonly OwnInvoice[], settings: Billing) {
  const { currency, receivable_cents, credit_cents, deposit_cents } = balance;
  const ofCurrency = open.filter((invoice) => invoice.currency === currency);
  const overdue = ofCurrency.filter((invoice) => isOverdue(invoice, settings));
  const [next] = ofCurrency;
  return {
    currency,
    receivable_cents,
    credit_cents,
    deposit_cents,
    overdue_cents: overdue.reduce((sum, invoice) => sum + openCents(invoice), 0n),
    next: next && { ...listedInvoice(next, settings), is_overdue: isOverdue(next, settings) },
  };
}
