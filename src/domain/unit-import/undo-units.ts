import { column, pick, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { toDecimal } from '../../locales/currencies.ts';
import { changedFields } from '../audit/audit.ts';
import { recordAudits } from '../audit/record-audit.ts';
import { MASKED } from '../custom-field/store-values.ts';
import { normaliseCode } from '../company/company.ts';
import { deleteRowsOf } from '../import/delete-rows-of.ts';
import { hasMoney, hasRecords, reasonsToKeep } from '../import/references.ts';
import type { RowReason, UndoableRow, WrittenRow } from '../import/row.ts';
import { findStoredUnits, type StoredUnit } from './stored-units.ts';
import { unitReferences } from './unit-references.ts';
import { placeOf, type UnitRows } from './unit-row-context.ts';
import { updateUnits } from './update-units.ts';
import { restoredChanges, restoreValues } from '../import/write-custom-values.ts';
import type { UnitUndo } from './write-units.ts';

interface UndoneUnit {
  row: UndoableRow;
  undo: UnitUndo | null;
  /** As stored now, locked. */
  unit: StoredUnit;
}

type RestoredUnit = UndoneUnit & { undo: UnitUndo };

export async function undoUnits(
  db: TenantDb,
  rows: UnitRows,
  written: readonly UndoableRow[],
): Promise<WrittenRow[]> {
  const ids = written.flatMap(({ target_id }) => target_id ?? []);
  const { byId } = await findStoredUnits(db, { ids, places: [], lock: true });
  const skipped = new Map<number, RowReason>();
  const found: UndoneUnit[] = [];
  for (const row of written) {
    const unit = byId.get(row.target_id!);
    if (!unit) skipped.set(row.line, { code: 'undo_gone' });
    else if (unit.version !== row.target_version) skipped.set(row.line, { code: 'undo_changed' });
    else found.push({ row, undo: row.undo as UnitUndo | null, unit });
  }
  const created = found.filter(({ row }) => row.result === 'created');
  const restored = found.filter((each): each is RestoredUnit => each.undo !== null);
  await skipReferred(db, created, skipped);
  const isOpen = ({ row }: UndoneUnit) => !skipped.has(row.line);
  deleteUnits(db, rows, created.filter(isOpen));
  await skipTaken(db, restored, skipped);
  await restoreUnits(db, rows, restored.filter(isOpen));
  return written.map(({ line, target_version, undo }) => {
    const reason = skipped.get(line);
    const errors = reason === undefined ? [] : [{ column: '', value: '', ...reason }];
    return { line, result: reason === undefined ? 'undone' : 'skipped', errors, target_version, undo };
  });
}

/** Also a blocked unit stays. */
const reasonColumns = (db: TenantDb) => ({
  ...pick('units as u', 'id', 'blocked_reason'),
  reasons: reasonsToKeep(db, unitReferences, 'u'),
});

async function skipReferred(
  db: TenantDb,
  units: readonly UndoneUnit[],
  skipped: Map<number, RowReason>,
): Promise<void> {
  if (units.length === 0) return;
  const ids = units.map(({ unit: { id } }) => id);
  const found: RowOf<ReturnType<typeof reasonColumns>>[] = await selectRows(
    db.from('units as u').whereRaw('u.id = any(?::uuid[])', [ids]),
    reasonColumns(db),
  );
  const byId = new Map(found.map((unit) => [unit.id, unit]));
  for (const { row, unit } of units) {
    const { reasons, blocked_reason } = byId.get(unit.id)!;
    const reason = [hasMoney, hasRecords].find(({ code }) => reasons.includes(code));
    if (reason) skipped.set(row.line, reason);
    else if (blocked_reason !== null) skipped.set(row.line, { code: 'undo_changed' });
  }
}

/** A former code may belong to another unit of the site, and a former type may be deleted. */
async function skipTaken(
  db: TenantDb,
  units: readonly RestoredUnit[],
  skipped: Map<number, RowReason>,
): Promise<void> {
  if (units.length === 0) return;
  const places = units.map(({ unit: { site_id }, undo }) => ({
    site_id,
    code_norm: normaliseCode(undo.details.code),
  }));
  const { byPlace } = await findStoredUnits(db, { ids: [], places, lock: false });
  const types = await selectRows(db.from('unit_types as t'), { id: column('unit_types as t', 'id') });
  const typeIds = new Set(types.map(({ id }) => id));
  units.forEach(({ row, unit, undo }, index) => {
    const { site_id, code_norm } = places[index]!;
    const owner = byPlace.get(placeOf(site_id, code_norm));
    if (owner && owner.id !== unit.id) skipped.set(row.line, { code: 'undo_code_taken' });
    else if (!typeIds.has(undo.details.unit_type_id)) skipped.set(row.line, { code: 'undo_changed' });
  });
}

function deleteUnits(db: TenantDb, { actor }: UnitRows, units: readonly UndoneUnit[]): void {
  if (units.length === 0) return;
  const ids = units.map(({ unit: { id } }) => id);
  deleteRowsOf(db, ids, [
    ['custom_field_values_index', 'entity_id'],
    ['units', 'id'],
  ]);
  recordAudits(
    db,
    actor,
    units.map(({ unit: { id, code } }) => ({
      event: 'unit.deleted',
      target: { type: 'unit', id, name: code },
      changes: { code: [code, null] },
    })),
  );
}

async function restoreUnits(
  db: TenantDb,
  { actor, fields, currency, types }: UnitRows,
  restored: readonly RestoredUnit[],
): Promise<void> {
  await updateUnits(
    db,
    restored.map(({ unit: { id }, undo: { details } }) => ({
      ...details,
      id,
      price_cents: centsOf(details),
      sealed_access_code:
        details.sealed_access_code === null ? null : Buffer.from(details.sealed_access_code, 'base64'),
    })),
  );
  const values = restored.map(({ unit: { id, custom }, undo }) => ({ id, custom, former: undo.custom }));
  restoreValues(db, 'unit', fields, values);
  const typeNames = new Map([...types.values()].map(({ id, name }) => [id, name]));
  const priceOf = (cents: bigint | null) => (cents === null ? null : toDecimal(cents, currency));
  recordAudits(
    db,
    actor,
    restored.map(({ unit, undo: { details } }, index) => ({
      event: 'unit.updated',
      target: { type: 'unit', id: unit.id, name: details.code },
      changes: {
        ...changedFields(
          { code: unit.code, unit_type: unit.type_name, price: priceOf(unit.price_cents) },
          {
            code: details.code,
            unit_type: typeNames.get(details.unit_type_id) ?? null,
            price: priceOf(centsOf(details)),
          },
        ),
        ...(unit.sealed_access_code?.toString('base64') !== (details.sealed_access_code ?? undefined) && {
          access_code: [MASKED, details.sealed_access_code === null ? null : MASKED],
        }),
        ...restoredChanges(fields, values[index]!),
      },
    })),
  );
}

function centsOf({ price_cents }: UnitUndo['details']): bigint | null {
  return price_cents === null ? null : BigInt(price_cents);
}
