import { Router, type Request, type Response } from 'express';
import { documentBrand } from '../../documents/document-brand.ts';
import { sendStatementCsv, sendStatementPdf } from '../../documents/send-document.ts';
import { findBilling } from '../../domain/billing/billing-settings.ts';
import { civilDate, monthNumber, type CivilDate } from '../../domain/billing/civil-date.ts';
import { listBalances } from '../../domain/invoice/invoice-queries.ts';
import { found, NotFound } from '../../errors.ts';
import { contextPath, ownerOf } from '../../http/customer-context.ts';
import { may } from '../../http/guards.ts';
import { localeOf } from '../../http/render-page.ts';
import { chosenYear, yearsUntil } from './years.ts';
import { readStatement } from './read-statement.ts';

export const statements = Router({ mergeParams: true });

/** The months of a year until today, the latest first. */
statements.get('/', may('billing.view'), async (req, res) => {
  const [billing, accounts] = await req.readTenant((db) => [findBilling(db), listBalances(db, ownerOf(req))]);
  const year = chosenYear(req, billing.today);
  const name = new Intl.DateTimeFormat(`${localeOf(req)}-u-nu-latn`, {
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
  res.page('account/billing/statements', {
    title: 'Statements',
    base: contextPath(req),
    year,
    years: yearsUntil(billing.today),
    currencies: accounts.map(({ currency }) => currency),
    months: monthsOf(year, billing.today).map((first) => ({
      month: first.slice(0, 7),
      name: name.format(new Date(first)),
    })),
  });
});

statements.get('/pdf', may('billing.view'), async (req, res) => {
  if (req.query['month'] === undefined) return redirectToThisMonth(req, res);
  const { document, logo } = await readMonth(req);
  await sendStatementPdf(res, document, documentBrand(req.tenant, logo));
});

statements.get('/csv', may('billing.view'), async (req, res) => {
  if (req.query['month'] === undefined) return redirectToThisMonth(req, res);
  const { document } = await readMonth(req);
  sendStatementCsv(res, document);
});

async function redirectToThisMonth(req: Request, res: Response): Promise<void> {
  const [{ today }] = await req.readTenant((db) => [findBilling(db)]);
  res.redirect(303, `${req.pathname}?month=${today.slice(0, 7)}`);
}

/** @throws {NotFound} for a month that does not exist or has not begun, and without an account */
async function readMonth(req: Request) {
  const { month: wanted } = req.query;
  const text = typeof wanted === 'string' ? wanted : '';
  const [, year, month] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(text) ?? [];
  if (year === undefined) throw new NotFound('No such month');
  const [first, last] = [1, 31].map((day) => civilDate(Number(year), Number(month), day));
  const statement = await readStatement(req, { first: first!, last: last! });
  if (first! > statement.billing.today) throw new NotFound('The month has not begun');
  return { ...statement, document: found(statement.document ?? undefined) };
}

function monthsOf(year: number, today: CivilDate): CivilDate[] {
  const months = Array.from({ length: 12 }, (_, n) => civilDate(year, 12 - n, 1));
  return months.filter((first) => monthNumber(first) <= monthNumber(today));
}
