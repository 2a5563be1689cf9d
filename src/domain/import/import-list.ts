import { column, nullable, pick, type Column, type RowOf } from '../../database/columns.ts';
import { createdRange, manyOf } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';
import { importKindNames } from './import-kind.ts';
import { importStates } from './import.ts';

const columns = {
  ...pick('imports as i', 'id', 'kind', 'state', 'mode', 'file_name', 'created_at'),
  counts: column('imports as i', 'counts') as Column<Record<string, number>>,
  requested_by_name: nullable(column('users as u', 'name')),
};

export type ListedImport = RowOf<typeof columns>;

export const importList = list({
  from: 'imports as i',
  join: (imports) =>
    void imports.leftJoin('users as u', { 'u.tenant_id': 'i.tenant_id', 'u.id': 'i.requested_by' }),
  columns: () => columns,
  // Ids are ordered by creation time.
  orders: { created: { columns: ['i.id'], fields: ['id'] } },
  defaultSort: '-created',
  filters: {
    kind: manyOf(importKindNames, 'i.kind'),
    state: manyOf(importStates, 'i.state'),
    created: createdRange('i.id'),
  },
});
