import type { Request, RequestHandler, Response } from 'express';
import type { AnyRead, ReadResults } from '../database/in-tenant.ts';
import type { List } from '../database/list.ts';
import type { Filters, ListQuery } from '../database/parse-list.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import type { ExportName } from '../domain/export/export.ts';
import { fieldsOfList, listWithFields } from '../domain/custom-field/field-list.ts';
import { flash } from '../http/flash.ts';
import { localeOf, translateFor } from '../http/render-page.ts';
import { tenantFields } from '../http/tenant-fields.ts';
import { listViews } from '../domain/saved-view/saved-view-queries.ts';
import { isCsv, readList, type RequestedList } from '../http/read-list.ts';
import { permittedActions } from './list-actions.ts';
import { permittedColumns, type Column, type ListContext } from './list-columns.ts';
import { contextOf, shownList, type ListDisplay } from './list-display.ts';
import { customColumns, customControls, hasCustomColumn } from './list-fields.ts';
import { sendFile } from './list-file.ts';
import { shownHead, type ListHead } from './list-head.ts';
import { filledColumns, listSettings, shownSettings } from './list-settings.ts';
import { noteViews, openView, readView, shownViews } from './list-views.ts';

export interface ListScreen<
  Row extends { id: string },
  Given extends Filters,
  Within extends string,
  Loads extends readonly AnyRead[],
>
  extends ListDisplay<Row, Given, Within, NoInfer<ReadResults<Loads>>>, ListHead<Row, Given, Within> {
  list: List<Row, TenantDb, Given, Within>;
  within?: (req: Request) => Readonly<Record<Within, string>>;
  /** Read in the same round trip. */
  load?: (db: TenantDb, query: ListQuery<Given, Within>) => Loads;
  /** The list as an export. */
  file: ExportName;
}

/** Handles the address of a list. */
export function listScreen<
  Row extends { id: string },
  Given extends Filters,
  Within extends string,
  const Loads extends readonly AnyRead[] = readonly [],
>(screen: ListScreen<Row, Given, Within, Loads>): RequestHandler {
  return async (req, res) => {
    const context = contextOf(req);
    const { fields, format } = await readFields(req, screen);
    const all = permittedColumns(
      [...screen.columns, ...customColumns<Row>(fields, screen.columns, format)],
      context,
    );
    const requested = readView(req);
    if (await openView(req, res, requested, screen.file)) return;
    const { id, query: given } = requested;
    const settings = { ...listSettings(given, all), given, view: id, isFile: isCsv(req) };
    const { columns, are_columns_chosen } = settings;
    const rowList = listWithFields(screen.list, fields, { withValues: hasCustomColumn(columns) });
    const list = await readList(req, res, rowList, screen.within?.(req), settings);
    if (!list) return;
    if (settings.isFile)
      return sendFile(req, res, screen.file, { list: rowList, columns, query: list.query });
    const [counted, views, ...loaded] = await req.readTenant((db) => [
      readRows(db, { ...screen, list: rowList }, list),
      listViews(db, screen.file, req.user!.id),
      ...(screen.load?.(db, list.query) ?? []),
    ]);
    const page = await list.page(counted.rows);
    if (!page) return;
    const { rows } = page;
    const shown = are_columns_chosen ? columns : filledColumns(columns, rows, context);
    const query = new URLSearchParams([...rowList.format(list.query), ...settings.params]).toString();
    const tabs = screen.tabs?.items(list, context) ?? [];
    const saved = shownViews(req, res, { file: screen.file, views, requested, query, tabs });
    const display = { ...screen, columns: shown, custom_filters: customControls(fields, format) };
    const read = { context, loaded: loaded as ReadResults<Loads> };
    const locals = shownList(display, list, { ...counted, ...page }, read);
    flashGone(req, res, locals.choices);
    res.page('operations/list', {
      ...shownHead(screen, list, rows, context),
      view_actions: saved.actions,
      tabs: { label: 'Views', is_hidden_at_first: false, ...screen.tabs, items: saved.tabs },
      list: {
        ...locals,
        ...shownSettings(all, settings, list.href),
        selection: shownSelection(screen, { context, columns, rows, query }),
      },
    });
    await noteViews(req, views);
  };
}

/** Names the filter of labels when one of them was deleted since: no row has it. The others are all options. */
function flashGone(req: Request, res: Response, choices: ReturnType<typeof shownList>['choices']): void {
  const gone = choices.filter(
    ({ name, options, values }) =>
      name === 'label' && !values.every((value) => options.some((option) => option.value === value)),
  );
  for (const { label: name } of gone)
    flash(req, res, "The filter '{name}' has a value that no longer exists.", {
      kind: 'warn',
      params: { name },
    });
}

/** The custom fields of the rows. */
async function readFields(
  req: Request,
  { list: { declaration } }: { list: { declaration: Parameters<typeof fieldsOfList>[1] } },
) {
  return {
    fields: declaration.entity ? fieldsOfList(await tenantFields(req), declaration) : [],
    format: { locale: localeOf(req), t: translateFor(req) },
  };
}

function readRows<Row extends { id: string }, Given extends Filters, Within extends string>(
  db: TenantDb,
  { list, count }: Pick<ListScreen<Row, Given, Within, readonly AnyRead[]>, 'list' | 'count'>,
  { query, place, size }: RequestedList<Row, ListQuery<Given, Within>>,
) {
  return count ? list.counted(db, query, place, size) : list.found(db, query, place, size);
}

/** Null without an action that the viewer may take. */
function shownSelection<Row extends { id: string }>(
  { file }: { file: ExportName },
  {
    context,
    columns,
    rows,
    query,
  }: { context: ListContext; columns: readonly Column<Row>[]; rows: readonly Row[]; query: string },
) {
  const actions = permittedActions(file, context);
  if (actions.length === 0 || rows.length === 0) return null;
  return {
    actions,
    list_name: file,
    columns: columns.map(({ name }) => name).join(),
    query,
    ids: rows.map(({ id }) => id),
  };
}
