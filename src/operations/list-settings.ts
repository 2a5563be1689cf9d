import type { PageSettings } from '../http/read-list.ts';
import type { Column, ListContext } from './list-columns.ts';

const sizes = [25, 50, 100];

interface ListSettings<Row> extends PageSettings {
  columns: readonly Column<Row>[];
  are_columns_chosen: boolean;
}

type Query = Readonly<Record<string, unknown>>;

/** The page size `per` and the chosen columns `col`, in their order. */
export function listSettings<Row>(query: Query, columns: readonly Column<Row>[]): ListSettings<Row> {
  const size = readSize(query);
  const chosen = chooseColumns(textsOf(query, 'col'), columns);
  const params: [string, string][] = [
    ...chosen.names.map((name): [string, string] => ['col', name]),
    ...(size.value === sizes[0] ? [] : [['per', String(size.value)] as [string, string]]),
  ];
  const given = [...textsOf(query, 'col'), ...textsOf(query, 'per')];
  const problems = size.isValid ? [] : ['per'];
  return {
    size: size.value,
    columns: chosen.columns,
    are_columns_chosen: chosen.names.length > 0,
    params,
    problems,
    unknownColumns: chosen.unknown,
    // Of invalid values, the flash is shown on the page itself.
    isCanonical:
      problems.length + chosen.unknown.length > 0 || given.join() === params.map(([, value]) => value).join(),
  };
}

/** Without the columns that are left out when no row has a value. */
export function filledColumns<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  context: ListContext,
): readonly Column<Row>[] {
  return columns.filter(
    ({ is_left_out_when_empty, cell }) =>
      !is_left_out_when_empty || rows.some((row) => cell(row, context).value !== null),
  );
}

/** Locals of a list whose columns and page size can be chosen. */
export function shownSettings<Row>(
  all: readonly Column<Row>[],
  { columns, size, params, view }: ListSettings<Row>,
  href: (changes: Record<string, string | null>) => string,
) {
  const others = all.filter((column) => !columns.includes(column));
  const free = [...columns, ...others].filter((column) => !isFixed(column));
  return {
    column_options: free.map(({ name, heading, is_title }) => ({ value: name, label: heading, is_title })),
    chosen_columns: columns.map(({ name }) => name),
    kept: [...params.filter(([name]) => name === 'per'), ...(view === undefined ? [] : [['view', view]])],
    clear_query: new URLSearchParams([...params]).toString(),
    sizes: sizes.map((each) => ({
      size: each,
      href: href({ per: each === sizes[0] ? null : String(each) }),
      is_current: each === size,
    })),
    is_wide: columns.length > defaultColumns(all).length,
  };
}

function defaultColumns<Row>(columns: readonly Column<Row>[]): readonly Column<Row>[] {
  return columns.filter((column) => !column.is_extra);
}

/** It names the row and has its link, so it is always shown. */
function isFixed<Row>({ look }: Column<Row>): boolean {
  return look?.startsWith('name') ?? false;
}

function chooseColumns<Row>(texts: readonly string[], all: readonly Column<Row>[]) {
  const names = [...new Set(texts)];
  const usual = defaultColumns(all);
  const columnOf = (name: string) => all.find((column) => column.name === name);
  const found = names.flatMap((name) => columnOf(name) ?? []);
  // The form leaves out the fixed column, which stays in its usual place.
  const missing = all.filter((column) => isFixed(column) && !found.includes(column));
  const columns = missing.reduce<Column<Row>[]>(
    (others, column) => others.toSpliced(all.indexOf(column), 0, column),
    found,
  );
  const isUsual =
    found.length === 0 || columns.map(({ name }) => name).join() === usual.map(({ name }) => name).join();
  return {
    columns: isUsual ? usual : columns,
    names: isUsual ? [] : columns.map(({ name }) => name),
    unknown: names.filter((name) => name !== '' && !columnOf(name)),
  };
}

function readSize(query: Query): { value: number; isValid: boolean } {
  const [text = ''] = textsOf(query, 'per');
  const value = sizes.find((size) => String(size) === text);
  return { value: value ?? sizes[0]!, isValid: text === '' || value !== undefined };
}

function textsOf(query: Query, name: string): string[] {
  return [Object.hasOwn(query, name) ? query[name] : []].flat().filter((text) => typeof text === 'string');
}
