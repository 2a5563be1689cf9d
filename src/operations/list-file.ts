import type { Request, Response } from 'express';
import type { List } from '../database/list.ts';
import type { Filters, ListQuery } from '../database/parse-list.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import { sendCsv } from '../documents/send-document.ts';
import { csvColumns, type Column, type CsvColumn, type ListContext } from './list-columns.ts';
import { contextOf } from './list-display.ts';

interface FileOfRows<Row extends { id: string }, Given extends Filters, Within extends string> {
  list: List<Row, TenantDb, Given, Within>;
  columns: readonly Column<Row>[];
  query: ListQuery<Given, Within>;
}

/** All rows that match, with the columns of the page. */
export function sendFile<Row extends { id: string }, Given extends Filters, Within extends string>(
  req: Request,
  res: Response,
  name: string,
  { list, columns, query }: FileOfRows<Row, Given, Within>,
): Promise<void> {
  const context = contextOf(req);
  const shown = csvColumns(columns);
  const headings = shown.map(({ heading }) => heading);
  return sendCsv(res, name, headings, cellsOf(list.stream(req.readTenant, query), shown, context));
}

async function* cellsOf<Row>(
  batches: AsyncIterable<readonly Row[]>,
  columns: readonly CsvColumn<Row>[],
  context: ListContext,
): AsyncGenerator<string[][]> {
  for await (const rows of batches)
    yield rows.map((row) => columns.map(({ value }) => String(value(row, context) ?? '')));
}
