import { pick, selectRows } from '../../database/columns.ts';
import { convertRead, type ConvertedRead } from '../../database/in-tenant.ts';
import { plannedEachTime } from '../../database/prepared-statements.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { groupBy } from '../../group-by.ts';
import { dayInMonth, monthNumber, type CivilDate } from '../billing/civil-date.ts';
import type { Period } from './period.ts';

export interface MonthlyIncome {
  /** Its first day. */
  month: CivilDate;
  currency: string;
  /** Without tax. */
  charged_cents: bigint;
  /** Of credit notes and deleted invoices; not positive. */
  taken_back_cents: bigint;
  /** The sum of these two. */
  income_cents: bigint;
}

/** The movements of the account `income` of the ledger, by currency and month, without gaps. */
export function readIncome(db: TenantDb, { from, to }: Period): ConvertedRead<MonthlyIncome[]> {
  const entries = db
    .visible('ledger_entries as e')
    .whereBetween('e.effective_on', [from, to])
    .whereRaw(`'income' in (e.debit, e.credit)`)
    .groupByRaw(`e.currency, date_trunc('month', e.effective_on)`)
    .orderByRaw('1, 2');
  const rows = selectRows(entries, {
    ...pick('ledger_entries as e', 'currency'),
    month: db.raw<CivilDate>(`cast(date_trunc('month', e.effective_on) as date)`),
    charged_cents: sumOf('credit'),
    taken_back_cents: sumOf('debit'),
  });
  return convertRead(plannedEachTime(rows), (found) =>
    [...groupBy(found, ({ currency }) => currency).values()].flatMap(withoutGaps),
  );

  function sumOf(side: 'credit' | 'debit') {
    const amount = side === 'credit' ? 'e.amount_cents' : '-e.amount_cents';
    return db.raw<bigint>(`cast(coalesce(sum(${amount}) filter (where e.${side} = 'income'), 0) as bigint)`);
  }
}

type FoundMonth = Omit<MonthlyIncome, 'income_cents'>;

/** Of one currency. */
function withoutGaps(found: FoundMonth[]): MonthlyIncome[] {
  const [first, last] = [found[0]!, found.at(-1)!].map(({ month }) => monthNumber(month));
  return Array.from({ length: last! - first! + 1 }, (_, n) => {
    const month = dayInMonth(first! + n, 1);
    const { currency } = found[0]!;
    const { charged_cents, taken_back_cents } = found.find((each) => each.month === month) ?? {
      charged_cents: 0n,
      taken_back_cents: 0n,
    };
    return {
      month,
      currency,
      charged_cents,
      taken_back_cents,
      income_cents: charged_cents + taken_back_cents,
    };
  });
}
