import type { Knex } from 'knex';
import { whereDaysBetween, type Days, type FilterContext } from '../../database/list-filters.ts';

/**
 * For a list in the order of ids, which grow with time like the days: a page would read all rows before those of the days.
 * It begins at the lowest, or in descending order at the highest id of the days. An index has that of each day.
 */
export function whereDays(
  invoices: Knex.QueryBuilder,
  name: 'due_on' | 'issued_on',
  days: Days,
  { db, sort }: FilterContext,
): void {
  const isDescending = sort.startsWith('-');
  const direction = isDescending ? 'desc' : 'asc';
  const ends = [
    ['>=', days.from],
    ['<=', days.to],
  ].filter(([, day]) => day);
  const between = ends.map(([operator]) => `and d.${name} ${operator} ?`).join(' ');
  const firstOf = (condition: string) => `(select d.${name} as day, d.id from invoices d
    where d.tenant_id = ? ${between} ${condition}
    order by d.${name} ${direction}, d.id ${direction} limit 1)`;
  const values = [db.tenantId!, ...ends.map(([, day]) => day!)];
  void whereDaysBetween(invoices, `i.${name}`, days);
  void invoices.whereRaw(
    `i.id ${isDescending ? '<=' : '>='} (
      with recursive firsts as (
        ${firstOf('')}
        union all
        select later.* from firsts
        cross join lateral ${firstOf(`and d.${name} ${isDescending ? '<' : '>'} firsts.day`)} as later
      )
      select id from firsts order by id ${direction} limit 1)`,
    [...values, ...values],
  );
}
