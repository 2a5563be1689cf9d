import type { Knex } from 'knex';
import { pick, selectRows } from '../../database/columns.ts';
import { convertRead, type ConvertedRead } from '../../database/in-tenant.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { groupBy } from '../../group-by.ts';
import type { Period } from './period.ts';

/** Of the days when invoices, credit notes and deletions happened. */
export interface TaxedSums {
  /** Without tax: of invoices and kept deposits, of credit notes, and of deleted invoices. The last two are not positive. */
  charged_cents: bigint;
  credited_cents: bigint;
  deleted_cents: bigint;
  /** The sum of these three. */
  net_cents: bigint;
  tax_cents: bigint;
  gross_cents: bigint;
}

export interface TaxRow extends TaxedSums {
  currency: string;
  /** Null for what has no tax rate, and for kept deposits. */
  rate: { code: string; name: string; rate_ppm: number } | null;
  /** The ledger does not name the rate of a kept deposit. */
  is_kept_deposits: boolean;
}

export interface TaxReport {
  rows: TaxRow[];
  /** One for each currency. */
  totals: (TaxedSums & { currency: string })[];
}

type Source = 'charged' | 'credited' | 'deleted';

interface TaxPart {
  currency: string;
  source: Source | 'kept_deposits';
  tax_rate_id: string | null;
  code: string | null;
  name: string | null;
  tax_ppm: number;
  net_cents: bigint;
  tax_cents: bigint;
}

/** The sums of the lines of each rate, which add up to the account `tax` of the ledger. */
export function readTaxReport(db: TenantDb, period: Period): ConvertedRead<TaxReport> {
  const read = db.raw<{ rows: TaxPart[] }>(
    `with documents as ?, kept as ?
     select d.currency, d.source, l.tax_rate_id, r.code, r.name, l.tax_ppm,
       cast(sum(d.sign * l.net_cents) as bigint) as net_cents,
       cast(sum(d.sign * l.tax_cents) as bigint) as tax_cents
     from documents d
     join invoice_lines l on l.tenant_id = ? and l.invoice_id = d.id and l.kind <> 'deposit'
     left join tax_rates r on r.tenant_id = ? and r.id = l.tax_rate_id
     group by d.currency, d.source, l.tax_rate_id, r.code, r.name, l.tax_ppm
     union all
     select k.currency, 'kept_deposits', null, null, null, 0, k.net_cents, k.tax_cents from kept k`,
    [documents(db, period), keptDeposits(db, period), db.tenantId, db.tenantId],
  );
  return convertRead(read, ({ rows }) => taxReport(rows));
}

/** With the sign that they have in the report. */
function documents(db: TenantDb, period: Period): Knex.QueryBuilder {
  return issued(db, period).unionAll([deleted(db, period)], true);
}

function issued(db: TenantDb, { from, to }: Period): Knex.QueryBuilder {
  const invoices = db
    .visible('invoices as i')
    .whereBetween('i.issued_on', [from, to])
    .whereNotNull('i.number');
  return selectRows(invoices, {
    ...pick('invoices as i', 'id', 'currency'),
    source: db.raw<Source>(`case when i.kind = 'invoice' then 'charged' else 'credited' end`),
    sign: db.raw<number>(`case when i.kind = 'invoice' then 1 else -1 end`),
  });
}

/** On the day of the ledger: the time of a deletion has another day after a change of the time zone. */
function deleted(db: TenantDb, { from, to }: Period): Knex.QueryBuilder {
  const invoices = db
    .visible('invoices as i')
    .where('i.status', 'deleted')
    .whereNotNull('i.number')
    .whereExists(
      db
        .from('ledger_entries as e')
        .select(db.raw('1'))
        .whereRaw('e.source_id = i.id')
        .where('e.posting', 'reversal')
        .whereBetween('e.effective_on', [from, to]),
    );
  return selectRows(invoices, {
    ...pick('invoices as i', 'id', 'currency'),
    source: db.raw<Source>(`'deleted'`),
    sign: db.raw<number>('-1'),
  });
}

/** They have no invoice. */
function keptDeposits(db: TenantDb, { from, to }: Period): Knex.QueryBuilder {
  const sumOf = (account: 'income' | 'tax') =>
    db.raw<bigint>(`cast(coalesce(sum(e.amount_cents) filter (where e.credit = '${account}'), 0) as bigint)`);
  const entries = db
    .visible('ledger_entries as e')
    .where({ 'e.source_type': 'rental', 'e.posting': 'deposit' })
    .whereBetween('e.effective_on', [from, to])
    .whereIn('e.credit', ['income', 'tax'])
    .groupBy('e.currency');
  return selectRows(entries, {
    ...pick('ledger_entries as e', 'currency'),
    net_cents: sumOf('income'),
    tax_cents: sumOf('tax'),
  });
}

function taxReport(parts: readonly TaxPart[]): TaxReport {
  const groups = groupBy(parts, ({ currency, source, tax_rate_id, tax_ppm }) =>
    [currency, source === 'kept_deposits', tax_rate_id, tax_ppm].join(' '),
  );
  const rows = [...groups.values()].map((group): TaxRow => {
    const { currency, source, code, name, tax_ppm } = group[0]!;
    const rate = code === null ? null : { code, name: name!, rate_ppm: tax_ppm };
    return { currency, rate, is_kept_deposits: source === 'kept_deposits', ...sumsOf(group) };
  });
  const currencies = groupBy(parts, ({ currency }) => currency);
  return {
    rows: rows.toSorted(compareRows),
    totals: [...currencies].map(([currency, own]) => ({ currency, ...sumsOf(own) })).toSorted(byCurrency),
  };
}

function sumsOf(parts: readonly TaxPart[]): TaxedSums {
  const netOf = (...sources: TaxPart['source'][]) =>
    parts
      .filter(({ source }) => sources.includes(source))
      .reduce((sum, { net_cents }) => sum + net_cents, 0n);
  const net_cents = parts.reduce((sum, part) => sum + part.net_cents, 0n);
  const tax_cents = parts.reduce((sum, part) => sum + part.tax_cents, 0n);
  return {
    charged_cents: netOf('charged', 'kept_deposits'),
    credited_cents: netOf('credited'),
    deleted_cents: netOf('deleted'),
    net_cents,
    tax_cents,
    gross_cents: net_cents + tax_cents,
  };
}

/** In each currency the highest rate first, kept deposits last. */
function compareRows(one: TaxRow, other: TaxRow): number {
  const ppmOf = ({ rate, is_kept_deposits }: TaxRow) => rate?.rate_ppm ?? (is_kept_deposits ? -2 : -1);
  const codeOf = ({ rate }: TaxRow) => rate?.code ?? '';
  return byCurrency(one, other) || ppmOf(other) - ppmOf(one) || (codeOf(one) < codeOf(other) ? -1 : 1);
}

function byCurrency(one: { currency: string }, other: { currency: string }): number {
  if (one.currency === other.currency) return 0;
  return one.currency < other.currency ? -1 : 1;
}
