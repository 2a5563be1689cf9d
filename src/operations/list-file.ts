import type { Request, Response } from 'express';
import type { CsvRows } from '../csv.ts';
import type { List } from '../database/list.ts';
import type { Filters, ListQuery } from '../database/parse-list.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import { sendCsv } from '../documents/send-document.ts';
import { auditedFilters } from '../domain/audit/audited-filters.ts';
import { startStreamedExport } from '../domain/export/export-actions.ts';
import {
  exportTitles,
  MAX_STREAMED_ROWS,
  type ExportBatch,
  type ExportName,
  type OpenExport,
} from '../domain/export/export.ts';
import { Forbidden } from '../errors.ts';
import { permittedColumns, type Column, type ListContext } from './list-columns.ts';
import { csvColumns } from './list-csv.ts';
import { contextOf } from './list-display.ts';

interface ListFile<Row extends { id: string }, Given extends Filters, Within extends string> {
  list: List<Row, TenantDb, Given, Within>;
  columns: readonly Column<Row>[];
  query: ListQuery<Given, Within>;
}

/** All rows that match, with the columns of the page. Shows a form instead if there are too many for one response. */
export async function sendFile<Row extends { id: string }, Given extends Filters, Within extends string>(
  req: Request,
  res: Response,
  name: ExportName,
  file: ListFile<Row, Given, Within>,
): Promise<void> {
  if (!req.actor.permissions.has('export.create')) throw new Forbidden('export.create');
  const columns = file.columns.map((column) => column.name).join();
  await sendExport(req, res, { name, columns, path: req.pathname }, openFile(file, contextOf(req)));
}

/** The columns as in the form; `path` is that of the list. */
export async function sendExport(
  req: Request,
  res: Response,
  { name, columns, path }: { name: ExportName; columns: string; path: string },
  opened: OpenExport,
): Promise<void> {
  if (await req.inTenant((db) => startStreamedExport(db, req.actor, name, opened)))
    return sendCsv(res, exportTitles[name], opened.headings, rowsOf(opened.batches(req.readTenant, null)));
  res.page('operations/exports/new', {
    title: 'Export CSV',
    back: { href: path, text: exportTitles[name] },
    max_rows: MAX_STREAMED_ROWS,
    list: name,
    columns,
    query: opened.params,
  });
}

async function* rowsOf(batches: AsyncIterable<ExportBatch>): AsyncGenerator<CsvRows> {
  for await (const { rows } of batches) yield rows;
}

export function openFile<Row extends { id: string }, Given extends Filters, Within extends string>(
  { list, columns, query }: ListFile<Row, Given, Within>,
  context: ListContext,
): OpenExport {
  const permitted = permittedColumns(columns, context);
  const shown = csvColumns(permitted, query.time_zone);
  return {
    headings: shown.map(({ heading }) => heading),
    secrets: permitted.filter(({ is_secret }) => is_secret).map(({ heading }) => heading),
    params: new URLSearchParams(list.format(query)).toString(),
    filters: auditedFilters(list, query),
    isUnderstood: list.understands(query),
    count: async (db, limit) => (await list.count(db, query, limit)).rows[0]!.count,
    batches: async function* (read, after) {
      for await (const rows of list.stream(read, query, after))
        yield {
          rows: rows.map((row) => shown.map(({ value }) => value(row, context))),
          place: list.placeAfter(rows.at(-1)!, query),
        };
    },
  };
}
