import type { Request, RequestHandler } from 'express';
import type { AnyRead, ReadResults } from '../database/in-tenant.ts';
import type { List } from '../database/list.ts';
import type { Filters, ListQuery } from '../database/parse-list.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import type { ExportName } from '../domain/export/export.ts';
import { isCsv, readList, type RequestedList } from '../http/read-list.ts';
import { permittedColumns, type Column, type ListContext } from './list-columns.ts';
import { contextOf, shownList, type Link, type ListDisplay } from './list-display.ts';
import { sendFile } from './list-file.ts';
import { permittedActions, type SelectionAction } from './list-selection.ts';
import { listSettings, shownSettings } from './list-settings.ts';

interface Text {
  text: string;
  params?: Readonly<Record<string, string>>;
}

interface Tab {
  text: string;
  href: string;
  is_current: boolean;
}

export interface ListScreen<
  Row extends { id: string },
  Given extends Filters,
  Within extends string,
  Loads extends readonly AnyRead[],
> extends ListDisplay<Row, Given, Within, NoInfer<ReadResults<Loads>>> {
  list: List<Row, TenantDb, Given, Within>;
  within?: (req: Request) => Readonly<Record<Within, string>>;
  /** Read in the same round trip. */
  load?: (db: TenantDb, query: ListQuery<Given, Within>) => Loads;
  breadcrumbs?: readonly { href?: string; text: string }[];
  intro?: (listed: {
    rows: readonly Row[];
    query: ListQuery<Given, Within>;
  }) => readonly (Text & { is_lede?: boolean })[];
  actions?: readonly (Link & { look?: 'add' | 'square' | 'menu' | 'primary' })[];
  tabs?: {
    label: string;
    is_hidden_at_first?: boolean;
    items: (list: RequestedList<Row, ListQuery<Given, Within>>, context: ListContext) => readonly Tab[];
  };
  has_checklist?: boolean;
  /** In addition to the export of the selected rows. */
  selectionActions?: readonly SelectionAction[];
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
    const all = permittedColumns(screen.columns, context);
    const settings = listSettings(req.query, all);
    const { columns } = settings;
    const list = await readList(req, res, screen.list, screen.within?.(req), settings);
    if (!list) return;
    if (isCsv(req)) return sendFile(req, res, screen.file, { list: screen.list, columns, query: list.query });
    const [counted, ...loaded] = await req.readTenant((db) => [
      readRows(db, screen, list),
      ...(screen.load?.(db, list.query) ?? []),
    ]);
    const page = await list.page(counted.rows);
    if (!page) return;
    const { rows } = page;
    res.page('operations/list', {
      title: screen.title,
      breadcrumb_items: screen.breadcrumbs ?? [],
      intro: screen.intro?.({ rows, query: list.query }) ?? [],
      actions: shownActions(screen, context),
      tabs: screen.tabs
        ? { is_hidden_at_first: false, ...screen.tabs, items: screen.tabs.items(list, context) }
        : null,
      has_checklist: screen.has_checklist ?? false,
      csv_href: context.can('export.create') && rows.length > 0 ? list.href({ format: 'csv' }) : null,
      list: {
        ...shownList(
          { ...screen, columns },
          list,
          { ...counted, ...page },
          { context, loaded: loaded as ReadResults<Loads> },
        ),
        ...shownSettings(all, settings, list.href),
        selection: shownSelection(screen, { context, columns, rows, href: list.href({}) }),
      },
    });
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
  { file, selectionActions }: { file: ExportName; selectionActions?: readonly SelectionAction[] },
  {
    context,
    columns,
    rows,
    href,
  }: { context: ListContext; columns: readonly Column<Row>[]; rows: readonly Row[]; href: string },
) {
  const actions = permittedActions(selectionActions, context);
  if (actions.length === 0 || rows.length === 0) return null;
  return {
    actions,
    list_name: file,
    columns: columns.map(({ name }) => name).join(),
    query: href.split('?')[1] ?? '',
    ids: rows.map(({ id }) => id),
  };
}

function shownActions<Row extends { id: string }, Given extends Filters, Within extends string>(
  { actions = [] }: Pick<ListScreen<Row, Given, Within, readonly AnyRead[]>, 'actions'>,
  { can }: ListContext,
) {
  return actions.filter(({ permission }) => permission === undefined || can(permission));
}
