import { Router } from 'express';
import { readStatement } from '../../documents/read-statement.ts';
import { findBilling } from '../../domain/billing/billing-settings.ts';
import { chosenYear, yearsUntil } from '../../domain/ledger/statement-months.ts';
import type { StatementMovement } from '../../domain/ledger/statement.ts';
import { contextPath } from '../../http/customer-context.ts';
import { may } from '../../http/guards.ts';
import { statementOptions } from './statements.ts';

export const ledger = Router({ mergeParams: true });

/** Everything that changed the balance in a year, and that it adds up to what is owed. */
ledger.get('/', may('billing.view'), async (req, res) => {
  const base = contextPath(req);
  const { year } = req.query;
  if (typeof year !== 'string' || !/^(19|20|21)\d\d$/.test(year)) {
    const [{ today }] = await req.readTenant((db) => [findBilling(db)]);
    return res.redirect(303, `${base}/billing/ledger?year=${chosenYear(req.query['year'], today)}`);
  }
  const days = { first: `${year}-01-01`, last: `${year}-12-31` };
  const { billing, accounts, currency, statement, document } = await readStatement(
    req,
    statementOptions(req),
    days,
  );
  const account = accounts.find((each) => each.currency === currency);
  const rows = document?.rows ?? [];
  res.page('account/billing/ledger', {
    title: 'Account activity',
    base,
    year,
    years: yearsUntil(billing.today).map(String),
    currency,
    currencies: accounts.map((each) => each.currency),
    document,
    // The first row is the opening balance.
    rows: rows.map((row, n) => ({ ...row, invoice_id: invoiceOf(statement.movements[n - 1]) })),
    // Later movements are not in the statement of an earlier year.
    account: account && days.last >= billing.today ? account : null,
    closing_cents: statement.closing_cents,
  });
});

function invoiceOf(movement: StatementMovement | undefined): string | null {
  if (!movement || movement.invoice_label === null) return null;
  return movement.source_id;
}
