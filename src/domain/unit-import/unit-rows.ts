import { pick, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { listCustomFields } from '../custom-field/custom-field-queries.ts';
import { editableFields } from '../custom-field/form-fields.ts';
import { code, type ErrorDetails } from '../form/parse-values.ts';
import { fold } from '../text/fold.ts';
import { changedUnitSchema } from '../unit/unit.ts';
import { cellOf, idCell, numberCell, wholeNumber, type CellParser } from '../import/cells.ts';
import { customParsers, keepingMasked } from '../import/custom-cells.ts';
import type { OpenRows, RowKind } from '../import/import-engine.ts';
import { planUnits, type UnitPlan } from './plan-units.ts';
import { undoUnits } from './undo-units.ts';
import { keyOfUnit, type UnitRows } from './unit-row-context.ts';
import { writeUnits } from './write-units.ts';

export const unitRows: RowKind = {
  open: async (db, context): Promise<OpenRows<UnitPlan>> => {
    const rows: UnitRows = {
      ...context,
      fields: editableFields(await listCustomFields(db, 'unit'), 'staff', {}),
      sites: byName(await listImportedSites(db)),
      types: byName(await listImportedTypes(db)),
      currency: (await db.tenant())[0]!.currency,
    };
    return {
      parsers: unitParsers(rows),
      keyOf: (row) => keyOfUnit(rows, row),
      plan: (batchDb, parsed, options) => planUnits(batchDb, rows, parsed, options),
      write: (batchDb, plans) => writeUnits(batchDb, rows, plans),
      undo: (batchDb, written) => undoUnits(batchDb, rows, written),
    };
  },
};

function byName<Named extends { name_norm: string }>(rows: readonly Named[]): Map<string, Named> {
  return new Map(rows.map((row) => [row.name_norm, row]));
}

function listImportedSites(db: TenantDb) {
  return selectRows(db.visible('sites as s'), pick('sites as s', 'id', 'name', 'name_norm', 'status'));
}

function listImportedTypes(db: TenantDb) {
  const columns = pick('unit_types as t', 'id', 'name', 'name_norm', 'price_cents');
  return selectRows(db.from('unit_types as t'), columns);
}

function unitParsers({ fields, options, sites, types, currency }: UnitRows): Record<string, CellParser> {
  const form = changedUnitSchema({ currency, rules: [] }).shape;
  return {
    id: idCell(code('import_unknown_unit_id')),
    site: named(sites, { code: 'import_unknown_site' }),
    code: cellOf(form.code, wholeNumber),
    unit_type: named(types, { code: 'import_unknown_unit_type' }),
    price: cellOf(form.price, numberCell(options)),
    access_code: keepingMasked(cellOf(form.access_code, wholeNumber)),
    ...customParsers(fields, options),
  };
}

function named(rows: ReadonlyMap<string, unknown>, error: ErrorDetails): CellParser {
  return {
    parse: (text) => {
      const value = rows.get(fold(text));
      return value === undefined ? { error } : { value };
    },
  };
}
