import { pick, type RowOf } from '../../database/columns.ts';
import { id } from '../../database/list-filters.ts';
import { list } from '../../database/list.ts';

const columns = () =>
  pick(
    'company_locations as l',
    'id',
    'name',
    'name_norm',
    'code',
    'address',
    'phone',
    'contact_name',
    'archived_at',
  );

export type ListedLocation = RowOf<ReturnType<typeof columns>>;

export const locationList = list({
  from: 'company_locations as l',
  within: { company: id('l.company_id') },
  columns,
  orders: { name: { columns: ['l.name_norm', 'l.id'], fields: ['name_norm', 'id'] } },
  defaultSort: 'name',
});
