import type { List } from '../../database/list.ts';
import type { Filters, ListQuery } from '../../database/parse-list.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { truncate } from '../../truncate.ts';

const MAX_LENGTH = 1_000;
const MASK = '***';

/**
 * The parameters of a list for the changes of an event, or the number of selected rows. Texts that someone typed are
 * masked: they may name a person, and the erasure of a person does not find events that have no such actor or target.
 */
export function auditedFilters<Row extends { id: string }, Given extends Filters, Within extends string>(
  list: List<Row, TenantDb, Given, Within>,
  query: ListQuery<Given, Within>,
): string {
  if (query.ids) return `ids=${query.ids.length}`;
  const filters: Filters = list.declaration.filters ?? {};
  const isText = (name: string) => name === 'q' || filters[name]?.isText;
  const params = list
    .format(query)
    .map(([name, value]): [string, string] => [name, isText(name) ? MASK : value]);
  return truncate(new URLSearchParams(params).toString(), MAX_LENGTH);
}
