import type { Request } from 'express';
import { findDocumentLogo } from '../../documents/document-brand.ts';
import { statementDocument, type StatementDocument } from '../../documents/statement-document.ts';
import { findOwnAccount, ownAccountId } from '../../domain/billing-account/buyer.ts';
import { findBilling, type Billing } from '../../domain/billing/billing-settings.ts';
import { earlier, type CivilDate } from '../../domain/billing/civil-date.ts';
import { listBalances, type Balance } from '../../domain/invoice/invoice-queries.ts';
import { listStatementEntries, listSumsBefore } from '../../domain/ledger/statement-queries.ts';
import { statementOf, type Statement } from '../../domain/ledger/statement.ts';
import { ownerOf } from '../../http/customer-context.ts';
import { currencyCodes } from '../../locales/currencies.ts';
import { documentContext } from './document-context.ts';

interface Days {
  first: CivilDate;
  last: CivilDate;
}

interface OwnStatement {
  billing: Billing;
  /** In all currencies. */
  accounts: Balance[];
  currency: string;
  statement: Statement;
  /** Null without an account in the currency. */
  document: StatementDocument | null;
  logo: { image: Buffer } | undefined;
}

/** Of the currency in the address, else of the tenant's, for whom the customer acts. */
export async function readStatement<Params>(req: Request<Params>, days: Days): Promise<OwnStatement> {
  const owner = ownerOf(req as Request);
  const { query, tenant } = req;
  const currency = currencyCodes.find((code) => code === query['currency']) ?? tenant.currency;
  const [account, accounts, before, entries, billing, logo] = await req.readTenant((db) => {
    const id = ownAccountId(db, owner, currency);
    return [
      findOwnAccount(db, owner, currency),
      listBalances(db, owner),
      listSumsBefore(db, id, days.first),
      listStatementEntries(db, id, days),
      findBilling(db),
      findDocumentLogo(db, tenant),
    ];
  });
  const statement = statementOf(before, entries);
  const document = account
    ? statementDocument(
        // Later days have no balance yet.
        { statement, currency, ...account, ...days, last: earlier(days.last, billing.today) },
        documentContext(req, billing),
      )
    : null;
  return { billing, accounts, currency, statement, document, logo };
}
