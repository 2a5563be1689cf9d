import type { Column } from './list-columns.ts';
import type { RowLabel } from '../domain/label/row-labels.ts';
import { labelColours, type LabelColour } from '../domain/label/label.ts';

/** The class of a badge, whose colours have enough contrast in the light and the dark theme. */
export const labelTones: Readonly<Record<LabelColour, string>> = {
  grey: '',
  green: 'ok',
  yellow: 'warn',
  red: 'bad',
  blue: 'info',
};

const names: Readonly<Record<LabelColour, string>> = {
  grey: 'Grey',
  green: 'Green',
  yellow: 'Yellow',
  red: 'Red',
  blue: 'Blue',
};

export const colourOptions = labelColours.map((value) => ({ value, label: names[value] }));

/** The locals of the component `labelBadges`. */
export function shownLabels(labels: readonly RowLabel[]) {
  return labels.map(({ name, colour }) => ({ name, tone: labelTones[colour] }));
}

export function labelsColumn<Row extends { labels: readonly RowLabel[] }>(): Column<Row> {
  return {
    name: 'labels',
    heading: 'Labels',
    kind: 'names',
    is_left_out_when_empty: true,
    cell: ({ labels }) => ({
      value: labels.length === 0 ? null : labels.map(({ name }) => name),
      labels: shownLabels(labels),
    }),
  };
}
