import { aliasOf, selectRows } from '../../database/columns.ts';
import type { TenantAccess } from '../../database/in-tenant.ts';
import type { List } from '../../database/list.ts';
import type { PagePosition } from '../../database/paginate.ts';
import type { Filters, ListQuery } from '../../database/parse-list.ts';
import { withOptionalFilters } from '../../database/prepared-statements.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { auditedFilters } from '../audit/audited-filters.ts';
import { companyList } from '../company/company-list.ts';
import type { CustomField } from '../custom-field/custom-field-queries.ts';
import { listWithFields } from '../custom-field/field-list.ts';
import { rentalList } from '../rental/rental-list.ts';
import { userList } from '../user/user-list.ts';
import type { LabelEntity } from './label.ts';

/** Those of a query that the viewer sees. */
export interface SelectedRows {
  /** As in audit events. */
  filters: string;
  /** Whether the list still has the filters. Without them there would be more rows. */
  isUnderstood: boolean;
  /** At most one more than the limit. */
  count(db: TenantDb, limit?: number): Promise<number>;
  ids(db: TenantDb, limit: number): Promise<string[]>;
  batches(
    read: TenantAccess['readTenant'],
    after: PagePosition | null,
  ): AsyncGenerator<{ ids: string[]; place: PagePosition }>;
}

/**
 * `fields` are those of the tenant.
 *
 * @throws for a query, as JSON, that this version does not support
 */
export function openRows(entity: LabelEntity, query: string, fields: readonly CustomField[]): SelectedRows {
  if (entity === 'user') return openList(listWithFields(userList, fields), query);
  return entity === 'company'
    ? openList(listWithFields(companyList, fields), query)
    : openList(listWithFields(rentalList, fields), query);
}

/** A change of a name or an address moves no row to a place that a task has passed or comes to. */
function unchangingSort(
  { declaration: { orders } }: { declaration: { orders: object } },
  { sort }: { sort: string },
): string {
  return Object.hasOwn(orders, 'created') ? '-created' : sort;
}

function openList<Row extends { id: string }, Given extends Filters>(
  list: List<Row, TenantDb, Given, never>,
  json: string,
): SelectedRows {
  // The list checks it before each statement.
  const query = JSON.parse(json) as ListQuery<Given, never>;
  return {
    filters: auditedFilters(list, query),
    isUnderstood: list.understands(query),
    count: async (db, limit) => (await list.count(db, query, limit)).rows[0]!.count,
    ids: async (db, limit) => {
      const rows = list.matching(db, query).limit(limit);
      const id = db.raw<string>('??', [`${aliasOf(list.declaration.from)}.id`]);
      const selected = await withOptionalFilters(selectRows(rows, { id }));
      return selected.map((row) => row.id);
    },
    batches: (read, after) => list.idBatches(read, { ...query, sort: unchangingSort(list, query) }, after),
  };
}
