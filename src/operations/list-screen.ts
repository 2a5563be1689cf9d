import type { Request, RequestHandler } from 'express';
import type { AnyRead, ReadResults } from '../database/in-tenant.ts';
import type { List } from '../database/list.ts';
import type { Filters, ListQuery } from '../database/parse-list.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import type { ExportName } from '../domain/export/export.ts';
import { fieldsOfList, listWithFields } from '../domain/custom-field/field-list.ts';
import { localeOf, translateFor } from '../http/render-page.ts';
import { tenantFields } from '../http/tenant-fields.ts';
import { isCsv, readList, type RequestedList } from '../http/read-list.ts';
import { permittedColumns, type ListContext } from './list-columns.ts';
import { contextOf, shownList, type Link, type ListDisplay } from './list-display.ts';
import { customColumns, customControls, hasCustomColumn } from './list-fields.ts';
import { sendFile } from './list-file.ts';
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
    const all = permittedColumns([...screen.columns, ...customColumns<Row>(fields, format)], context);
    const settings = listSettings(req.query, all);
    const { columns } = settings;
    const rowList = listWithFields(screen.list, fields, { withValues: hasCustomColumn(columns) });
    const list = await readList(req, res, rowList, screen.within?.(req), settings);
    if (!list) return;
    if (isCsv(req)) return sendFile(req, res, screen.file, { list: rowList, columns, query: list.query });
    const [counted, ...loaded] = await req.readTenant((db) => [
      readRows(db, { ...screen, list: rowList }, list),
      ...(screen.load?.(db, list.query) ?? []),
    ]);
    const page = await list.page(counted.rows);
    if (!page) return;
    res.page('operations/list', {
      ...shownHead(screen, list, page.rows, context),
      list: {
        ...shownList(
          { ...screen, columns, more_filters: customControls(fields, format) },
          list,
          { ...counted, ...page },
          { context, loaded: loaded as ReadResults<Loads> },
        ),
        ...shownSettings(all, settings, list.href),
      },
    });
  };
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

type HeadPart = 'title' | 'breadcrumbs' | 'intro' | 'actions' | 'tabs' | 'has_checklist';

function shownHead<Row extends { id: string }, Given extends Filters, Within extends string>(
  screen: Pick<ListScreen<Row, Given, Within, readonly AnyRead[]>, HeadPart>,
  list: RequestedList<Row, ListQuery<Given, Within>>,
  rows: readonly Row[],
  context: ListContext,
) {
  const { title, breadcrumbs = [], intro, tabs, has_checklist = false } = screen;
  return {
    title,
    breadcrumb_items: breadcrumbs,
    intro: intro?.({ rows, query: list.query }) ?? [],
    actions: shownActions(screen, context),
    tabs: tabs ? { is_hidden_at_first: false, ...tabs, items: tabs.items(list, context) } : null,
    has_checklist,
    csv_href: context.can('export.create') && rows.length > 0 ? list.href({ format: 'csv' }) : null,
  };
}

function readRows<Row extends { id: string }, Given extends Filters, Within extends string>(
  db: TenantDb,
  { list, count }: Pick<ListScreen<Row, Given, Within, readonly AnyRead[]>, 'list' | 'count'>,
  { query, place, size }: RequestedList<Row, ListQuery<Given, Within>>,
) {
  return count ? list.counted(db, query, place, size) : list.found(db, query, place, size);
}

function shownActions<Row extends { id: string }, Given extends Filters, Within extends string>(
  { actions = [] }: Pick<ListScreen<Row, Given, Within, readonly AnyRead[]>, 'actions'>,
  { can }: ListContext,
) {
  return actions.filter(({ permission }) => permission === undefined || can(permission));
}
