import type { ListQuery } from '../database/parse-list.ts';

export interface Option {
  value: string;
  label: string;
}

/** The names of filters of the list whose control is of a kind. */
interface Base<Name extends string> {
  name: Name;
  label: string;
}

interface ChoiceControl<Name extends string, Loaded> extends Base<Name> {
  kind: 'one' | 'many';
  /** With English labels. */
  options?: readonly Option[];
  /** With labels that are data. */
  data?: (loaded: Loaded) => readonly Option[];
}

/** A day, or the two days of a range. */
interface DayControl<Name extends string> extends Base<Name> {
  kind: 'day' | 'range';
}

/** Set by a link of another page. */
interface LinkControl<Name extends string, Loaded> extends Base<Name> {
  kind: 'link';
  /** A link that removes the filter, with a text that is data. */
  has_chip?: boolean;
  chip?: (loaded: Loaded) => string | undefined;
}

export type Control<Name extends string, Loaded> =
  ChoiceControl<Name, Loaded> | DayControl<Name> | LinkControl<Name, Loaded>;

type Href = (changes: Readonly<Record<string, string | null>>) => string;

/** The locals of the filters of a list. */
export function shownControls<Loaded>(
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
    days: controls.flatMap((control) =>
      control.kind === 'day' || control.kind === 'range' ? daysOf(control, valuesOf(control.name)[0]) : [],
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

function daysOf({ kind, name, label }: DayControl<string>, value = '') {
  if (kind === 'day') return [{ name, label, end: '', value }];
  const [from = '', to = ''] = value.split('..');
  return [
    { name: `${name}_from`, label, end: 'from', value: from },
    { name: `${name}_to`, label, end: 'to', value: to },
  ];
}

function choiceOf<Loaded>(
  { kind, name, label, options, data }: ChoiceControl<string, Loaded>,
  loaded: Loaded,
) {
  return { kind, name, label, is_data: data !== undefined, options: data ? data(loaded) : (options ?? []) };
}

export function namedOptions(rows: readonly { id: string; name: string }[]): Option[] {
  return rows.map(({ id, name }) => ({ value: id, label: name }));
}
