import type { FieldError } from '../form/parse-values.ts';
import type { ImportColumn } from './import-kind.ts';
import type { ImportMapping } from './import.ts';

/** Each heading with the column that its words name; a column only once. */
export function matchColumns(header: readonly string[], columns: readonly ImportColumn[]): ImportMapping {
  const names = new Map<string, string>();
  for (const { name } of columns) setIfNew(names, name, name);
  for (const { name, label, is_label_unmatched } of columns)
    if (!is_label_unmatched) setIfNew(names, label, name);
  // A name or a label comes before the alias of another column.
  for (const { name, aliases } of columns) for (const alias of aliases) setIfNew(names, alias, name);
  const used = new Set<string>();
  return header.map((heading) => {
    const name = names.get(normalise(heading));
    if (name === undefined || used.has(name)) return null;
    used.add(name);
    return name;
  });
}

function setIfNew(names: Map<string, string>, alias: string, name: string): void {
  const key = normalise(alias);
  if (!names.has(key)) names.set(key, name);
}

/** Without case, spaces, dashes and underscores, and the apostrophe of an export before an equals sign. */
export function normalise(heading: string): string {
  return heading
    .replace(/^'(?='*=)/, '')
    .toLowerCase()
    .replaceAll(/[\s_\-\u2013]/g, '');
}

/** The field of each heading in the form. */
export function headingField(index: number): string {
  return `column_${index}`;
}

/** At the second heading of a column, or for a required column without one. */
export function checkMapping(
  mapping: ImportMapping,
  columns: readonly ImportColumn[],
  key: string | null,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, name] of mapping.entries()) {
    if (name === null || mapping.indexOf(name) === index) continue;
    const label = columns.find((column) => column.name === name)?.label ?? name;
    errors.push({ code: 'column_chosen_twice', field: headingField(index), params: { column: label } });
  }
  const missing = columns.filter(
    ({ name, is_required }) => (is_required || name === key) && !mapping.includes(name),
  );
  if (missing.length > 0)
    errors.push({
      code: 'columns_missing',
      field: headingField(0),
      params: { columns: missing.map(({ label }) => label).join(', ') },
    });
  return errors;
}
