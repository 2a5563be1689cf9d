import { signedAmount } from '../billing/amount-field.ts';
import { getBilling, type Billing } from '../billing/billing-settings.ts';
import type { CivilDate } from '../billing/civil-date.ts';
import { line } from '../form/fields.ts';
import { cellOf } from '../import/cells.ts';
import type { OpenRows, RowContext, RowKind } from '../import/import-engine.ts';
import { amountCell, dayCell, payerCell } from '../import/money-cells.ts';
import { planBalances, type BalancePlan } from './plan-balances.ts';
import { hasMoney } from '../import/references.ts';
import type { ParsedRow } from '../import/row.ts';
import { writeBalances } from './write-balances.ts';

export interface BalanceRows extends RowContext {
  billing: Billing;
}

/** The cells of a row. */
export interface BalanceCells {
  /** As it is compared. */
  customer?: string;
  /** Negative: credit. */
  amount?: bigint;
  currency?: string;
  as_of?: CivilDate;
  description?: string;
}

export function balanceCells({ values }: ParsedRow): BalanceCells {
  return values;
}

export const balanceRows: RowKind = {
  open: async (db, context): Promise<OpenRows<BalancePlan>> => {
    const rows: BalanceRows = { ...context, billing: await getBilling(db) };
    const { options } = context;
    return {
      parsers: {
        customer: payerCell,
        amount: cellOf(signedAmount(rows.billing.currency), amountCell(options)),
        currency: cellOf(line(10).transform((text) => text.toUpperCase())),
        as_of: dayCell(options),
        description: cellOf(line(200)),
      },
      keyOf: (row) => balanceCells(row).customer ?? null,
      plan: (batchDb, parsed, planOptions) => planBalances(batchDb, rows, parsed, planOptions),
      write: (batchDb, plans) => writeBalances(batchDb, rows, plans),
      // An invoice that has a number is never deleted. Staff credit it.
      undo: (_, written) =>
        Promise.resolve(
          written.map(({ line: row, target_version, undo }) => ({
            line: row,
            result: 'skipped' as const,
            errors: [{ column: '', value: '', ...hasMoney }],
            target_version,
            undo,
          })),
        ),
    };
  },
};
