import type { Request, Response } from 'express';
import { readMonth, statementMonths } from '../documents/read-statement.ts';
import { sendStatementCsv, sendStatementPdf } from '../documents/send-document.ts';
import type { Owner } from '../domain/billing-account/billing-account.ts';
import { findBilling, type Billing } from '../domain/billing/billing-settings.ts';
import type { Balance } from '../domain/invoice/invoice-queries.ts';
import { chosenYear, yearsUntil } from '../domain/ledger/statement-months.ts';
import { localeOf } from '../http/render-page.ts';

type IdRequest = Request<{ id: string }>;

/** What the page of the statements of a customer shows. */
export function statementLocals(req: IdRequest, billing: Billing, accounts: readonly Balance[]) {
  const year = chosenYear(req.query['year'], billing.today);
  return {
    year,
    years: yearsUntil(billing.today),
    currencies: accounts.map(({ currency }) => currency),
    months: statementMonths(billing, year, localeOf(req as Request)),
  };
}

/** In the language of the tenant, because staff send it to customers. */
export async function sendPdf(req: IdRequest, res: Response, owner: Owner): Promise<void> {
  if (req.query['month'] === undefined) return redirectToThisMonth(req, res);
  const { document, brand } = await readMonth(req, { owner, contextOf: (billing) => billing });
  await sendStatementPdf(res, document, brand);
}

export async function sendCsv(req: IdRequest, res: Response, owner: Owner): Promise<void> {
  if (req.query['month'] === undefined) return redirectToThisMonth(req, res);
  const { document } = await readMonth(req, { owner, contextOf: (billing) => billing });
  sendStatementCsv(res, document);
}

async function redirectToThisMonth(req: IdRequest, res: Response): Promise<void> {
  const [{ today }] = await req.readTenant((db) => [findBilling(db)]);
  res.redirect(303, `${req.pathname}?month=${today.slice(0, 7)}`);
}
