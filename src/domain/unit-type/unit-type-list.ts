import { pick } from '../../database/columns.ts';
import { list } from '../../database/list.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

const columns = (db: TenantDb) => ({
  ...pick('unit_types as t', 'id', 'name', 'name_norm', 'width_mm', 'depth_mm', 'height_mm'),
  ...pick('unit_types as t', 'price_cents', 'deposit_cents'),
  units: db.raw<number>(
    '(select count(*)::int from units u where u.tenant_id = ? and u.unit_type_id = t.id)',
    [db.tenantId],
  ),
});

export const unitTypeList = list({
  from: 'unit_types as t',
  columns,
  orders: { name: { columns: ['t.name_norm'], fields: ['name_norm'] } },
  defaultSort: 'name',
});
