import type { ListQuery } from '../database/parse-list.ts';
import { endName } from '../end-name.ts';

export interface Option {
  value: string;
  label: string;
}

/** The names of filters of the list whose control is of a kind. */
interface Base<Name extends string> {
  name: Name;
  label: string;
  /** The label is data, not an English text. */
  is_title?: boolean;
}

interface ChoiceControl<Name extends string, Loaded> extends Base<Name> {
  kind: 'one' | 'many';
  /** With English labels. */
  options?: readonly Option[];
  /** With labels that are data. */
  data?: (loaded: Loaded) => readonly Option[];
}

/** A day, a text that the value begins with, or the two ends of a range. */
interface InputControl<Name extends string> extends Base<Name> {
  kind: 'day' | 'text' | 'range';
  /** Of a range. */
  input?: 'date' | 'decimal';
}

/** Set by a link of another page. */
interface LinkControl<Name extends string, Loaded> extends Base<Name> {
  kind: 'link';
  /** A link that removes the filter, with a text that is data. */
  has_chip?: boolean;
  chip?: (loaded: Loaded) => string | undefined;
}

export type Control<Name extends string, Loaded> =
  | ChoiceControl<Name, Loaded>
  | InputControl<Name>
  | LinkControl<Name, Loaded>;

/** The filters of a list, and those of the custom fields of its rows. */
interface GivenControls<Loaded> {
  filters?: readonly Control<string, Loaded>[];
  custom_filters?: readonly Control<string, Loaded>[];
}

/** In one line, where a range has two. */
const MAX_CONTROLS = 5;

const sizes = { one: 1, many: 1, day: 1, text: 1, range: 2, link: 0 } as const;

type Href = (changes: Readonly<Record<string, string | null>>) => string;

/** The locals of the filters of a list. Of many, those of days, texts and custom fields are folded. */
export function shownFilters<Loaded>(
  { filters = [], custom_filters = [] }: GivenControls<Loaded>,
  query: ListQuery,
  href: Href,
  loaded: Loaded,
) {
  const all = [...filters, ...custom_filters];
  const isMany = all.reduce((sum, { kind }) => sum + sizes[kind], 0) > MAX_CONTROLS;
  const usual = isMany ? filters.filter((control) => !hasInput(control)) : all;
  const folded = all.filter((control) => !usual.includes(control));
  return {
    ...shownControls(usual, query, href, loaded),
    more:
      folded.length === 0
        ? null
        : {
            ...shownControls(folded, query, href, loaded),
            is_open: folded.some(({ name }) => query.filters[name] !== undefined),
          },
  };
}

function shownControls<Loaded>(
  controls: readonly Control<string, Loaded>[],
  { filters }: ListQuery,
  href: Href,
  loaded: Loaded,
) {
  const valuesOf = (name: string) => [filters[name] ?? []].flat();
  const choices = controls.flatMap((control) =>
    control.kind === 'one' || control.kind === 'many'
      ? [{ ...choiceOf(control, loaded), values: valuesOf(control.name) }]
      : [],
  );
  return {
    choices: choices.filter(({ options, values }) => options.length > 0 || values.length > 0),
    inputs: controls.flatMap((control) =>
      hasInput(control) ? inputsOf(control, valuesOf(control.name)[0]) : [],
    ),
    links: controls.flatMap((control) =>
      control.kind === 'link' && filters[control.name] !== undefined
        ? [
            {
              name: control.name,
              label: control.label,
              values: valuesOf(control.name),
              has_chip: control.has_chip ?? false,
              chip: control.chip?.(loaded),
              href: href({ [control.name]: null }),
            },
          ]
        : [],
    ),
  };
}

function hasInput<Loaded>(control: Control<string, Loaded>): control is InputControl<string> {
  return control.kind === 'day' || control.kind === 'text' || control.kind === 'range';
}

function inputsOf({ kind, name, input = 'date', ...texts }: InputControl<string>, value = '') {
  if (kind === 'text') return [{ ...texts, name, end: '', input: 'text', value }];
  if (kind === 'day') return [{ ...texts, name, end: '', input, value }];
  const [from = '', to = ''] = value.split('..');
  return [
    { ...texts, name: endName(name, 'from'), end: 'from', input, value: from },
    { ...texts, name: endName(name, 'to'), end: 'to', input, value: to },
  ];
}

function choiceOf<Loaded>(
  { kind, name, label, is_title, options, data }: ChoiceControl<string, Loaded>,
  loaded: Loaded,
) {
  return {
    kind,
    name,
    label,
    is_title,
    is_data: data !== undefined,
    options: data ? data(loaded) : (options ?? []),
  };
}

export function namedOptions(rows: readonly { id: string; name: string }[]): Option[] {
  return rows.map(({ id, name }) => ({ value: id, label: name }));
}
