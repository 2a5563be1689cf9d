import { Router, type Request, type Response } from 'express';
import { readMonth, statementMonths, type StatementOptions } from '../../documents/read-statement.ts';
import { sendStatementCsv, sendStatementPdf } from '../../documents/send-document.ts';
import { findBilling } from '../../domain/billing/billing-settings.ts';
import { listBalances } from '../../domain/invoice/invoice-queries.ts';
import { chosenYear, yearsUntil } from '../../domain/ledger/statement-months.ts';
import { contextPath, ownerOf } from '../../http/customer-context.ts';
import { may } from '../../http/guards.ts';
import { localeOf } from '../../http/render-page.ts';
import { documentContext } from './document-context.ts';

export const statements = Router({ mergeParams: true });

/** The months of a year until today, the latest first. */
statements.get('/', may('billing.view'), async (req, res) => {
  const [billing, accounts] = await req.readTenant((db) => [findBilling(db), listBalances(db, ownerOf(req))]);
  const year = chosenYear(req.query['year'], billing.today);
  res.page('account/billing/statements', {
    title: 'Statements',
    base: contextPath(req),
    year,
    years: yearsUntil(billing.today),
    currencies: accounts.map(({ currency }) => currency),
    months: statementMonths(billing, year, localeOf(req)),
  });
});

statements.get('/pdf', may('billing.view'), async (req, res) => {
  if (req.query['month'] === undefined) return redirectToThisMonth(req, res);
  const { document, brand } = await readMonth(req, statementOptions(req));
  await sendStatementPdf(res, document, brand);
});

statements.get('/csv', may('billing.view'), async (req, res) => {
  if (req.query['month'] === undefined) return redirectToThisMonth(req, res);
  const { document } = await readMonth(req, statementOptions(req));
  sendStatementCsv(res, document);
});

/** For whom the customer acts. */
export function statementOptions(req: Request): StatementOptions {
  return { owner: ownerOf(req), contextOf: (billing) => documentContext(req, billing) };
}

async function redirectToThisMonth(req: Request, res: Response): Promise<void> {
  const [{ today }] = await req.readTenant((db) => [findBilling(db)]);
  res.redirect(303, `${req.pathname}?month=${today.slice(0, 7)}`);
}
