import { pick, type RowOf } from '../../database/columns.ts';
import { list } from '../../database/list.ts';

const columns = {
  ...pick('unit_types as t', 'id', 'name', 'name_norm', 'width_mm', 'depth_mm', 'height_mm'),
  ...pick('unit_types as t', 'price_cents', 'deposit_cents'),
};

export type ListedUnitType = RowOf<typeof columns>;

export const unitTypeList = list({
  from: 'unit_types as t',
  entity: 'unit_type',
  columns: () => columns,
  orders: { name: { columns: ['t.name_norm'], fields: ['name_norm'] } },
  defaultSort: 'name',
});
