import type { Request } from 'express';
import { findOwnAccount, ownAccountId } from '../domain/billing-account/buyer.ts';
import type { Owner } from '../domain/billing-account/billing-account.ts';
import { findBilling, type Billing } from '../domain/billing/billing-settings.ts';
import { earlier } from '../domain/billing/civil-date.ts';
import { listBalances, type Balance } from '../domain/invoice/invoice-queries.ts';
import { daysOfMonth, monthsUntil, type Days } from '../domain/ledger/statement-months.ts';
import { listStatementEntries, listSumsBefore } from '../domain/ledger/statement-queries.ts';
import { statementOf, type Statement } from '../domain/ledger/statement.ts';
import { isId } from '../database/new-id.ts';
import { found, NotFound } from '../errors.ts';
import { currencyCodes } from '../locales/currencies.ts';
import { documentBrand, findDocumentLogo, type DocumentBrand } from './document-brand.ts';
import type { DocumentContext } from './letterhead.ts';
import { statementDocument, type StatementDocument } from './statement-document.ts';

export interface StatementOptions {
  owner: Owner;
  /** The language and the time zone of the document. */
  contextOf: (billing: Billing) => DocumentContext;
}

interface ReadStatement {
  billing: Billing;
  /** In all currencies. */
  accounts: Balance[];
  currency: string;
  statement: Statement;
  /** Null without an account in the currency. */
  document: StatementDocument | null;
  brand: DocumentBrand;
}

type StatementRequest = Pick<Request, 'query' | 'readTenant' | 'tenant'>;

/** Of the account in the address, else of the open one in the currency in the address, else in that of the tenant. */
export async function readStatement(
  { query, readTenant, tenant }: StatementRequest,
  { owner, contextOf }: StatementOptions,
  days: Days,
): Promise<ReadStatement> {
  const wanted = currencyCodes.find((code) => code === query['currency']) ?? tenant.currency;
  const which = isId(query['account']) ? { id: query['account'] } : { currency: wanted };
  const [account, accounts, before, entries, billing, logo] = await readTenant((db) => {
    const id = ownAccountId(db, owner, which);
    return [
      findOwnAccount(db, owner, which),
      listBalances(db, owner),
      listSumsBefore(db, id, days.first),
      listStatementEntries(db, id, days),
      findBilling(db),
      findDocumentLogo(db, tenant),
    ];
  });
  const statement = statementOf(before, entries);
  const currency = account?.currency ?? wanted;
  const document = account
    ? statementDocument(
        // Later days have no balance yet.
        { statement, ...account, ...days, last: earlier(days.last, billing.today) },
        contextOf(billing),
      )
    : null;
  return { billing, accounts, currency, statement, document, brand: documentBrand(tenant, logo) };
}

/**
 * Of the month in the address.
 *
 * @throws {NotFound} for a month that does not exist or has not begun, and without an account
 */
export async function readMonth(
  req: StatementRequest,
  options: StatementOptions,
): Promise<{ document: StatementDocument; brand: DocumentBrand }> {
  const days = daysOfMonth(req.query['month']);
  if (!days) throw new NotFound('No such month');
  const { billing, document, brand } = await readStatement(req, options, days);
  if (days.first > billing.today) throw new NotFound('The month has not begun');
  return { document: found(document ?? undefined), brand };
}

/** The months of a year until today, the latest first, with their names in a language. */
export function statementMonths({ today }: Pick<Billing, 'today'>, year: number, locale: string) {
  const format = new Intl.DateTimeFormat(`${locale}-u-nu-latn`, {
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
  return monthsUntil(today, year).map((first) => ({
    month: first.slice(0, 7),
    name: format.format(new Date(first)),
  }));
}
