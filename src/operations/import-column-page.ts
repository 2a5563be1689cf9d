import type { Request } from 'express';
import type { MatchedImport, SavedMapping } from '../domain/import/column-queries.ts';
import type { OpenContent } from '../domain/csv/csv-format.ts';
import { readFirstRows } from '../domain/csv/first-rows.ts';
import { KEPT_DAYS } from '../domain/import/import-upload.ts';
import { importKinds } from '../domain/import/kinds.ts';
import { headingField } from '../domain/import/match-columns.ts';
import { findSameHeader, suggestMapping, suggestOptions } from '../domain/import/suggest-mapping.ts';
import { fileText } from '../http/field-files.ts';
import { versionToRender, type Form } from '../http/form.ts';
import { tenantFields } from '../http/tenant-fields.ts';

const SHOWN_ROWS = 5;
const MAX_CELL = 60;

const encodingOptions = [
  { value: 'utf-8', label: 'UTF-8' },
  { value: 'utf-16le', label: 'UTF-16 (little-endian)' },
  { value: 'utf-16be', label: 'UTF-16 (big-endian)' },
  { value: 'windows-1252', label: 'Windows-1252 (Western European)' },
  { value: 'iso-8859-1', label: 'ISO 8859-1 (Latin-1)' },
];

const delimiterOptions = [
  { value: ',', label: 'Comma' },
  { value: ';', label: 'Semicolon' },
  { value: '\t', label: 'Tab' },
];

const dateOptions = [
  { value: 'dmy', label: 'Day/month/year' },
  { value: 'mdy', label: 'Month/day/year' },
  { value: 'ymd', label: 'Year-month-day' },
];

/** The locals of the page that matches columns. */
export async function columnPage(
  req: Request,
  row: MatchedImport,
  saved: readonly SavedMapping[],
  form: Form,
) {
  const { header, kind } = row;
  const columns = importKinds[kind].columns(await tenantFields(req));
  const open = openFile(req, row);
  const rows = open ? await readFirstRows(open, row) : [];
  const chosen = saved.find(({ id }) => id === req.query['saved']);
  const applied = chosen ?? (row.mapping ? undefined : findSameHeader(saved, header));
  const mapping = (!chosen && row.mapping) || suggestMapping(header, columns, applied);
  const options = {
    clears_empty: false,
    ...suggestOptions(rows, row.delimiter),
    ...(applied?.options ?? row.options),
  };
  return {
    title: 'Match columns',
    form,
    field_ids: { version: 'date_order' },
    id: row.id,
    file_name: row.file_name,
    file_text: fileText(req, { key: row.id, name: row.file_name, size: Number(row.byte_count), type: '' }),
    kind_title: importKinds[kind].title,
    kept_days: KEPT_DAYS,
    is_expired: row.file_id === null,
    may_clear: (importKinds[kind].may_clear ?? false) && row.mode !== 'create',
    encoding: row.encoding,
    delimiter: row.delimiter,
    encodings: encodingOptions,
    delimiters: delimiterOptions,
    date_orders: dateOptions,
    ...options,
    headings: header.map((heading, index) => ({
      heading,
      name: headingField(index),
      value: mapping[index] ?? '',
      cells: rows.slice(0, SHOWN_ROWS).map(({ cells }) => (cells[index] ?? '').slice(0, MAX_CELL)),
    })),
    columns: columns.map(({ name, label, is_required }) => ({ value: name, label, is_required })),
    column_hints: columns.flatMap(({ label, hint }) => (hint === undefined ? [] : [{ label, hint }])),
    saved: saved.map(({ id, name }) => ({ value: id, label: name })),
    applied: applied ? { id: applied.id, name: applied.name } : null,
    version: versionToRender(form, row.version),
  };
}

/** Undefined for a file that has expired. */
export function openFile(req: Request, { file_id: id }: MatchedImport): OpenContent | undefined {
  if (id === null) return undefined;
  return (from) => req.fileStore.open({ tenantId: req.tenant.id, id }, { start: from });
}
