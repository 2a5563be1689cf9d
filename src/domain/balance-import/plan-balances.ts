import { newId } from '../../database/new-id.ts';
import { pick, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { groupBy } from '../../group-by.ts';
import type { CivilDate } from '../billing/civil-date.ts';
import { changeError } from '../company/check-status.ts';
import { amountText } from '../invoice/draft-actions.ts';
import { balanceCells, type BalanceCells, type BalanceRows } from './balance-rows.ts';
import { errorAt } from '../import/cells.ts';
import { findPayers, lockPayingCompanies, type Payer } from './find-payers.ts';
import type { OpenRows } from '../import/import-engine.ts';
import { findAccountsOf } from './open-accounts.ts';
import type { EarlierRow, ParsedRow, RowError, RowPlan } from '../import/row.ts';

export const OPENING_BALANCE = 'Opening balance';

export interface BalancePlan extends RowPlan {
  /** Null in a row with errors. */
  balance: {
    payer: Payer;
    /** Negative: credit. */
    amount: bigint;
    as_of: CivilDate;
    description: string;
    /** How many the account had before, which are deleted. */
    deleted: number;
  } | null;
}

const openingColumns = pick(
  'invoices as i',
  'id',
  'billing_account_id',
  'kind',
  'status',
  'total_cents',
  'version',
);

type Opening = RowOf<typeof openingColumns>;

interface Batch {
  rows: BalanceRows;
  payers: ReadonlyMap<string, Payer>;
  /** By the id of the person or the company. */
  openings: ReadonlyMap<string, Opening[]>;
  /** By key, also those of this batch. */
  earlier: Map<string, Pick<EarlierRow, 'line'>>;
  /** The lines of this batch by the id of the person or the company. */
  lines: Map<string, number>;
  ids: ReadonlyMap<number, string>;
}

export async function planBalances(
  db: TenantDb,
  rows: BalanceRows,
  parsed: readonly ParsedRow[],
  { earlier, ids, lock }: Parameters<OpenRows['plan']>[2],
): Promise<BalancePlan[]> {
  const texts = parsed.flatMap((row) => balanceCells(row).customer ?? []);
  const seen = await findPayers(db, texts);
  const owners = [...seen.values()].map(({ id }) => id);
  const accounts = await findAccountsOf(db, owners, rows.billing.currency, { lock });
  if (lock) await lockPayingCompanies(db, seen.values());
  const accountIds = [...accounts.values()].map(({ id }) => id);
  const byAccount = groupBy(await listOpenings(db, accountIds), (opening) => opening.billing_account_id);
  const batch: Batch = {
    rows,
    ids,
    payers: lock ? await findPayers(db, texts) : seen,
    openings: new Map([...accounts].map(([owner, { id }]) => [owner, byAccount.get(id) ?? []])),
    earlier: new Map(earlier.map((row) => [row.key_norm!, row])),
    lines: new Map(),
  };
  return parsed.map((row) => planBalance(batch, row));
}

/** Invoices and credits of earlier imports. */
function listOpenings(db: TenantDb, accountIds: readonly string[]): Promise<Opening[]> {
  const invoices = db
    .from('invoices as i')
    .where('i.source', 'import')
    .whereRaw('i.billing_account_id = any(?::uuid[])', [[...accountIds]]);
  return selectRows(invoices, openingColumns);
}

function planBalance(batch: Batch, row: ParsedRow): BalancePlan {
  const { rows, ids, earlier, lines } = batch;
  const cells = balanceCells(row);
  const errors = [...row.errors];
  const refuse = (column: string, error: Pick<RowError, 'code' | 'params'>) => {
    if (!errors.some((each) => each.column === column)) errors.push(errorAt(row, column, error));
  };
  const isReadable = row.errors.every(({ column }) => column !== '');
  const payer = cells.customer === undefined ? undefined : batch.payers.get(cells.customer);
  if (isReadable) checkCells(rows, cells, refuse);
  if (isReadable && cells.customer !== undefined && !payer) refuse('customer', { code: 'unknown_customer' });
  const line = payer && (earlier.get(cells.customer!)?.line ?? lines.get(payer.id));
  if (line !== undefined) refuse('customer', { code: 'import_customer_twice', params: { line } });
  const archived = payer?.company && changeError(payer.company, 'customer');
  if (archived)
    refuse('customer', { code: archived.code, ...(archived.params && { params: archived.params }) });
  const openings = (payer && batch.openings.get(payer.id)) ?? [];
  const stored = openings.find(({ status }) => status !== 'deleted');
  const isSame = stored !== undefined && signedTotal(stored) === cells.amount;
  if (stored && !isSame) refuse('customer', { code: 'import_has_balance' });
  const isValid = errors.length === 0;
  if (isValid) lines.set(payer!.id, row.line);
  return {
    line: row.line,
    errors,
    verdict: !isValid ? 'error' : isSame || cells.amount === 0n ? 'unchanged' : 'create',
    key_norm: isValid ? cells.customer! : null,
    part_norm: null,
    detail_hashes: null,
    target_id: stored?.id ?? (cells.amount === 0n ? null : (ids.get(row.line) ?? newId())),
    target_name: payer?.name ?? '',
    target_version: stored?.version ?? null,
    changes: {},
    ...(isValid &&
      !isSame && {
        derived: {
          [cells.amount! < 0n ? 'credit' : 'invoice']: [
            null,
            amountText(absolute(cells.amount!), rows.billing.currency),
          ],
        },
      }),
    balance: isValid ? balanceOf(rows, cells, { payer: payer!, deleted: openings.length }) : null,
  };
}

function checkCells(
  { billing }: BalanceRows,
  { customer, amount, currency, as_of }: BalanceCells,
  refuse: (column: string, error: Pick<RowError, 'code' | 'params'>) => void,
): void {
  if (customer === undefined) refuse('customer', { code: 'required' });
  if (amount === undefined) refuse('amount', { code: 'required' });
  if (currency !== undefined && currency !== billing.currency)
    refuse('currency', { code: 'import_other_currency', params: { currency: billing.currency } });
  if (as_of !== undefined && as_of > billing.today) refuse('as_of', { code: 'date_in_future' });
}

function absolute(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}

function signedTotal({ kind, total_cents }: Opening): bigint {
  return kind === 'credit_note' ? -total_cents : total_cents;
}

function balanceOf(
  { billing }: BalanceRows,
  { amount, as_of = billing.today, description = OPENING_BALANCE }: BalanceCells,
  { payer, deleted }: { payer: Payer; deleted: number },
) {
  return { payer, amount: amount!, as_of, description, deleted };
}
