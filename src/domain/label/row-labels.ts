import type { Knex } from 'knex';
import { pick, selectRows, type TableRef } from '../../database/columns.ts';
import { ids, type Filter } from '../../database/list-filters.ts';
import { FIXED } from '../../database/paginate.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { MAX_CANDIDATES, type SearchCondition } from '../search/read-search.ts';
import { fold } from '../text/fold.ts';
import { labelEntities, MAX_LABELS, type LabelColour, type LabelEntity } from './label.ts';

export interface RowLabel {
  name: string;
  colour: LabelColour;
}

/** Of a list: the rows with any of the labels. */
export function labelFilter(entity: LabelEntity, idColumn: string): Filter<string, true> {
  const { table, column } = labelEntities[entity];
  return ids((rows, labels, { db }) => {
    const labelled = () =>
      db
        .visible(`${table} as w`)
        .whereRaw('?? = ??', [`w.${column}`, idColumn])
        .select(db.raw('1'));
    if (labels.length > 1) {
      void rows.whereExists(labelled().whereRaw('w.label_id = any(?::uuid[])', [[...labels]]));
      return;
    }
    // By equality the label has each row once, so that PostgreSQL can read its rows in the order of their ids.
    const ofLabel = () => labelled().where('w.label_id', labels[0]);
    // The offset prevents a join: PostgreSQL then expects a cost for each row that it reads without the label, and does
    // not read all newer rows to find those of a label that only old rows have.
    void rows.whereExists(ofLabel()).whereRaw('exists (? offset 0)', [ofLabel()]);
  });
}

/** A column of a list. */
export function labelsOf(db: TenantDb, entity: LabelEntity, idColumn: string): Knex.Raw<RowLabel[]> {
  const { table, column } = labelEntities[entity];
  const labels = db
    .visible(`${table} as w` as TableRef)
    .join('labels as g', { 'g.tenant_id': 'w.tenant_id', 'g.id': 'w.label_id' })
    .whereRaw('?? = ??', [`w.${column}`, idColumn])
    .whereNull('g.deleted_at')
    .orderBy('g.name_norm')
    .limit(MAX_LABELS, FIXED);
  return db.raw("(select coalesce(json_agg(listed), '[]') from ? as listed)", [
    selectRows(labels, pick('labels as g', 'name', 'colour')),
  ]);
}

/** `label:name`: the rows that have the label of the name. */
export function labelCondition(entity: LabelEntity, idColumn: string, name: string): SearchCondition {
  const { table, id } = labelEntities[entity];
  const labelled = (db: TenantDb) =>
    db.visible(`${table} as w`).whereRaw(
      `w.label_id = (select g.id from labels g
         where g.tenant_id = ? and g.name_norm = ? and g.deleted_at is null)`,
      [db.tenantId, fold(name)],
    );
  return {
    ids: (db) =>
      selectRows(labelled(db).orderBy(id, 'desc').limit(MAX_CANDIDATES), { id }) as Knex.QueryBuilder,
    reach: 'broad',
    where: (db) => db.raw('exists ?', [selectRows(labelled(db).whereRaw('?? = ??', [id, idColumn]), { id })]),
  };
}
