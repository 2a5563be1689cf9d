import { pick, selectRow, selectRows, type TableRef } from '../../database/columns.ts';
import { limitedCount } from '../../database/paginate.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { rowName } from '../custom-field/custom-field.ts';
import { labelEntities, type LabelEntity } from './label.ts';

const columns = pick('labels as g', 'id', 'name', 'colour', 'version');

/** Not paged, because a tenant has at most MAX_LABELS. */
export function listLabels(db: TenantDb) {
  return selectRows(ordered(db), columns);
}

/** With the number of users, companies and rentals that have each, at most MAX_COUNT + 1. */
export function listCountedLabels(db: TenantDb) {
  return selectRows(ordered(db), { ...columns, ...counts(db) });
}

export function findLabel(db: TenantDb, id: string) {
  return selectRow(db.from('labels as g').where('g.id', id).whereNull('g.deleted_at'), columns);
}

export function findCountedLabel(db: TenantDb, id: string) {
  const labels = db.from('labels as g').where('g.id', id).whereNull('g.deleted_at');
  return selectRow(labels, { ...columns, ...counts(db) });
}

/** All labels, and whether the row has each. */
export function listLabelChoices(db: TenantDb, entity: LabelEntity, rowId: string) {
  const { table, column } = labelEntities[entity];
  const chosen = db.visible(`${table} as w` as TableRef).whereRaw('w.label_id = g.id');
  void chosen.where(`w.${column}`, rowId).select(db.raw('1'));
  return selectRows(ordered(db), { ...columns, is_chosen: db.raw<boolean>('exists ?', [chosen]) });
}

export function listRowLabels(db: TenantDb, entity: LabelEntity, rowId: string) {
  const { table, column } = labelEntities[entity];
  const labels = ordered(db).join(`${table} as w`, { 'w.tenant_id': 'g.tenant_id', 'w.label_id': 'g.id' });
  return selectRows(labels.where(`w.${column}`, rowId), columns);
}

/** A row that may have labels: a customer, a company or a rental. */
export function findLabelledRow(db: TenantDb, entity: LabelEntity, id: string) {
  const table: TableRef = `${labelEntities[entity].rows} as t`;
  const rows = db.visible(table).where('t.id', id);
  if (entity === 'user') void rows.where('t.audience', 'customer');
  return selectRow(rows, { ...pick(table, 'id'), name: rowName(db, entity) });
}

function ordered(db: TenantDb) {
  return db.from('labels as g').whereNull('g.deleted_at').orderBy('g.name_norm');
}

function counts(db: TenantDb) {
  const countOf = (entity: LabelEntity) =>
    limitedCount(
      db,
      db.visible(`${labelEntities[entity].table} as w` as TableRef).whereRaw('w.label_id = g.id'),
    );
  return { users: countOf('user'), companies: countOf('company'), rentals: countOf('rental') };
}
