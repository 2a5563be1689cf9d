import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { groupBy } from '../../group-by.ts';
import { toDecimal } from '../../locales/currencies.ts';
import { changedFields, type Changes } from '../audit/audit.ts';
import { normaliseCode } from '../company/company.ts';
import type { FieldValue } from '../custom-field/field-types.ts';
import { MASKED } from '../custom-field/store-values.ts';
import { unseal } from '../token/seal.ts';
import { errorAt } from '../import/cells.ts';
import type { OpenRows } from '../import/import-engine.ts';
import { missingValues, planCustomValues } from '../import/plan-custom-values.ts';
import type { EarlierRow, ParsedRow, RowError, RowPlan } from '../import/row.ts';
import { findStoredUnits, type StoredUnit, type StoredUnits } from './stored-units.ts';
import { cellsOf, keyOfUnit, placeOf, type UnitCells, type UnitRows } from './unit-row-context.ts';
import { verdictOf } from '../import/verdict.ts';

export interface UnitDetails {
  code: string;
  unit_type_id: string;
  /** Null: the price of the type. */
  price_cents: bigint | null;
}

export interface UnitPlan extends RowPlan {
  target_id: string;
  stored: StoredUnit | undefined;
  site_id: string;
  details: UnitDetails;
  /** As typed. Undefined: it stays. */
  access_code: string | undefined;
  /** Changed values by the codes of the fields, secrets as typed. */
  custom: Readonly<Record<string, FieldValue | null>>;
}

interface Batch extends StoredUnits {
  rows: UnitRows;
  /** By key, also those of this batch. */
  earlier: Map<string, Pick<EarlierRow, 'line'>[]>;
  /** The lines of this batch, by site and code. */
  places: Map<string, number>;
  ids: ReadonlyMap<number, string>;
}

export async function planUnits(
  db: TenantDb,
  rows: UnitRows,
  parsed: readonly ParsedRow[],
  { earlier, ids, lock }: Parameters<OpenRows['plan']>[2],
): Promise<UnitPlan[]> {
  const cells = parsed.map(cellsOf);
  const stored = await findStoredUnits(db, {
    ids: rows.key === 'id' ? cells.flatMap(({ id }) => id ?? []) : [],
    places: cells.flatMap(({ site, code }) =>
      site && code !== undefined ? { site_id: site.id, code_norm: normaliseCode(code) } : [],
    ),
    lock,
  });
  const batch: Batch = {
    ...stored,
    rows,
    ids,
    earlier: groupBy(earlier, ({ key_norm }) => key_norm!),
    places: new Map(),
  };
  return parsed.map((row) => planUnit(batch, row));
}

function planUnit(batch: Batch, row: ParsedRow): UnitPlan {
  const { rows, byId, byPlace, earlier, places, ids } = batch;
  const cells = cellsOf(row);
  const key = keyOfUnit(rows, row);
  const place =
    cells.site && cells.code !== undefined ? placeOf(cells.site.id, normaliseCode(cells.code)) : '';
  const stored = rows.key === 'id' && cells.id !== undefined ? byId.get(cells.id) : byPlace.get(place);
  const target_id = stored?.id ?? ids.get(row.line) ?? newId();
  const errors = [...row.errors];
  const line = (key === null ? undefined : earlier.get(key)?.[0]?.line) ?? places.get(place);
  const column = rows.key === 'id' ? 'id' : 'code';
  if (line !== undefined)
    errors.push(errorAt(row, column, { code: 'import_duplicate_unit', params: { line } }));
  else if (stored) checkStored(batch, row, stored, { place, errors });
  else if (row.errors.every((error) => error.column !== '')) checkNew(batch, row, errors);
  const details = detailsOf(cells, stored);
  const custom = planCustomValues(rows, row, { stored, errors });
  const access_code = changedCode(rows, cells, stored);
  const changes: Changes = {
    ...changedDetails(rows, { stored, details, cells }),
    ...(access_code !== undefined && { access_code: [stored?.sealed_access_code ? MASKED : null, MASKED] }),
    ...custom.changes,
  };
  if (errors.length === 0 && key !== null) {
    earlier.set(key, [{ line: row.line }]);
    places.set(place, row.line);
  }
  return {
    line: row.line,
    errors,
    verdict: verdictOf({ errors, isNew: !stored, hasChanges: Object.keys(changes).length > 0 }),
    key_norm: errors.length > 0 ? null : key,
    part_norm: null,
    detail_hashes: null,
    target_id,
    target_name: details.code,
    target_version: stored?.version ?? null,
    stored,
    site_id: stored?.site_id ?? cells.site?.id ?? '',
    details,
    access_code,
    custom: custom.values,
    changes,
  };
}

function checkStored(
  { rows, byPlace }: Batch,
  row: ParsedRow,
  stored: StoredUnit,
  { place, errors }: { place: string; errors: RowError[] },
): void {
  const { site, code } = cellsOf(row);
  const other = byPlace.get(place);
  if (rows.mode === 'create')
    errors.push(errorAt(row, rows.key === 'id' ? 'id' : 'code', { code: 'import_unit_exists' }));
  else if (site && site.id !== stored.site_id)
    errors.push(errorAt(row, 'site', { code: 'import_site_kept' }));
  else if (other && other.id !== stored.id)
    errors.push(errorAt(row, 'code', { code: 'unit_codes_taken', params: { codes: code ?? '', count: 1 } }));
}

function checkNew({ rows }: Batch, row: ParsedRow, errors: RowError[]): void {
  const { id, site, code, unit_type } = cellsOf(row);
  const refuse = (column: string, error: Pick<RowError, 'code' | 'params'>) => {
    if (!errors.some((each) => each.column === column)) errors.push(errorAt(row, column, error));
  };
  const hasKey = rows.key === 'id' ? id !== undefined : site !== undefined && code !== undefined;
  if (rows.mode === 'update' && hasKey)
    return refuse(rows.key === 'id' ? 'id' : 'code', { code: 'import_unknown_unit_key' });
  if (rows.key === 'id' && id !== undefined) return refuse('id', { code: 'import_unknown_unit_id' });
  if (site === undefined) refuse('site', { code: 'required' });
  else if (site.status === 'archived') refuse('site', { code: 'import_site_archived' });
  if (code === undefined) refuse('code', { code: 'required' });
  if (unit_type === undefined) refuse('unit_type', { code: 'required' });
  for (const { column, ...error } of missingValues(rows, row)) refuse(column, error);
}

/** A price that is the price of the type, as in an export, is not stored for a unit without its own. */
function detailsOf({ code, unit_type, price }: UnitCells, stored: StoredUnit | undefined): UnitDetails {
  const typePrice = unit_type?.price_cents ?? stored?.type_price_cents;
  const isOfType = stored !== undefined && stored.price_cents === null && price === typePrice;
  return {
    code: code ?? stored?.code ?? '',
    unit_type_id: unit_type?.id ?? stored?.unit_type_id ?? '',
    price_cents: (isOfType ? null : price) ?? stored?.price_cents ?? null,
  };
}

function changedDetails(
  { currency }: UnitRows,
  {
    stored,
    details,
    cells: { site, unit_type },
  }: { stored: StoredUnit | undefined; details: UnitDetails; cells: UnitCells },
): Changes {
  const priceOf = (cents: bigint | null | undefined) =>
    cents === null || cents === undefined ? null : toDecimal(cents, currency);
  return changedFields(
    {
      code: stored?.code,
      ...(stored ? {} : { site: undefined }),
      unit_type: stored?.type_name,
      price: priceOf(stored?.price_cents),
    },
    {
      code: details.code,
      ...(stored ? {} : { site: site?.name }),
      unit_type: unit_type?.name ?? stored?.type_name,
      price: priceOf(details.price_cents),
    },
  );
}

function changedCode(
  { secretKeys }: UnitRows,
  { access_code }: UnitCells,
  stored: StoredUnit | undefined,
): string | undefined {
  const sealed = stored?.sealed_access_code;
  const isSame = stored && sealed && unseal(secretKeys, stored.id, sealed) === access_code;
  return isSame ? undefined : access_code;
}
