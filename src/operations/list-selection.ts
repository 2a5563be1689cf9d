import type { Request, Response } from 'express';
import * as z from 'zod';
import type { List } from '../database/list.ts';
import { isId } from '../database/new-id.ts';
import type { Filters, ListQuery, Params } from '../database/parse-list.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import { MAX_EXPORT_FIELD_LENGTH, exportNames, type ExportName } from '../domain/export/export.ts';
import { line, optionalLine } from '../domain/form/fields.ts';
import { BadRequest } from '../errors.ts';
import { flash } from '../http/flash.ts';
import { parseForm } from '../http/form.ts';
import { seeOther } from '../http/see-other.ts';
import { paramsOf } from '../params-of.ts';

/** The query finds exactly the selected rows. It is plain JSON, so that a task can store it. */
export type Selection<Query = ListQuery> =
  | { ids: readonly string[]; query: Query }
  | { all: true; query: Query };

export interface SelectedRows {
  list: ExportName;
  /** The names of the shown columns, separated by commas. */
  columns: string;
  /** Of the address of the list, with its filters, columns and page size. */
  query: string;
  /** Null for all rows of the query. Empty if no row is selected. */
  ids: readonly string[] | null;
}

const form = z.object({
  list: z.enum(exportNames),
  columns: optionalLine(MAX_EXPORT_FIELD_LENGTH),
  query: optionalLine(MAX_EXPORT_FIELD_LENGTH),
  ids: z.array(line(36)),
  all: z.boolean(),
  /** Chosen in the list, and read before. */
  action: optionalLine(100),
});

/**
 * `others` are further fields of the form, which are parsed elsewhere.
 *
 * @throws {BadRequest} for a form that is not that of a list
 */
export function readSelectedRows(req: Request, others: readonly string[] = []): SelectedRows {
  const parsed = parseForm(form, req.body, { others });
  if (!parsed.ok) throw new BadRequest('The fields are those of the form');
  const { list, columns, query, ids, all } = parsed.values;
  if (!ids.every(isId)) throw new BadRequest('A selected row has no id');
  return { list, columns: columns ?? '', query: query ?? '', ids: all ? null : [...new Set(ids)] };
}

/** Of all rows that match filters which the list does not have, so that more rows would be selected. */
class UnclearSelection extends BadRequest {}

/** Returns to the list, which names the invalid filters. Throws any other error. */
export async function returnToList(req: Request, res: Response, href: string, error: unknown): Promise<void> {
  if (!(error instanceof UnclearSelection)) throw error;
  flash(req, res, 'The filters are no longer valid. Check the list and select again.', { kind: 'warn' });
  await seeOther(req, res, href);
}

/** The selected rows of one list; null if no row is selected. */
export function readSelection<
  Row extends { id: string },
  Given extends Filters,
  Within extends string = never,
>(
  req: Request,
  list: List<Row, TenantDb, Given, Within>,
  within = {} as Readonly<Record<Within, string>>,
  others: readonly string[] = [],
): Selection<ListQuery<Given, Within>> | null {
  const selected = readSelectedRows(req, others);
  if (selected.ids?.length === 0) return null;
  const time_zone = req.user!.time_zone ?? req.tenant.time_zone;
  const query = selectedQuery(list, paramsOf(selected.query), { time_zone, within, ids: selected.ids });
  return selected.ids ? { ids: selected.ids, query } : { all: true, query };
}

/** @throws {UnclearSelection} for an invalid filter, without which more rows would be selected */
export function selectedQuery<Row extends { id: string }, Given extends Filters, Within extends string>(
  list: List<Row, TenantDb, Given, Within>,
  params: Params,
  options: {
    time_zone: string;
    within: Readonly<Record<Within, string>>;
    /** Null for all rows that match. Without it, invalid filters are left out. */
    ids?: readonly string[] | null;
  },
): ListQuery<Given, Within> {
  const { filters = {}, filterPrefix } = list.declaration;
  const { query, problems } = list.parse(params, options);
  if (options.ids) return { ...query, q: '', filters: {}, ids: options.ids };
  const invalid = problems.find(
    (name) => Object.hasOwn(filters, name) || (filterPrefix && name.startsWith(filterPrefix)),
  );
  if (options.ids === null && (invalid !== undefined || !list.understands(query)))
    throw new UnclearSelection(`The filter ${invalid ?? 'q'} is not valid`);
  return query;
}
