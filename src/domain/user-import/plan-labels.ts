import { truncate } from '../../truncate.ts';
import { fold } from '../text/fold.ts';
import { errorAt, namesIn } from '../import/cells.ts';
import type { StoredUser } from './find-users.ts';
import type { ParsedRow, RowError } from '../import/row.ts';
import type { UserRows } from './user-row-context.ts';

export interface LabelPlan {
  /** Names, in their order. */
  before: readonly string[];
  after: readonly string[];
  /** Ids. */
  added: readonly string[];
}

/** The labels that the row adds. Others stay. */
export function planLabels(
  { labels }: UserRows,
  row: ParsedRow,
  { stored, errors }: { stored: StoredUser | undefined; errors: RowError[] },
): LabelPlan {
  const typed = (row.values['labels'] as string | undefined) ?? '';
  const names = namesIn(
    typed,
    labels.map(({ name }) => name),
  );
  const unknown = names.find((name) => !labels.some((label) => isNamed(label, name)));
  if (unknown !== undefined)
    errors.push(
      errorAt(row, 'labels', { code: 'import_unknown_label', params: { label: truncate(unknown, 100) } }),
    );
  const before = labels.filter(({ id }) => stored?.label_ids.includes(id));
  const added = labels.filter(
    (label) => !before.includes(label) && names.some((name) => isNamed(label, name)),
  );
  const after = labels.filter((label) => before.includes(label) || added.includes(label));
  return {
    before: before.map(({ name }) => name),
    after: after.map(({ name }) => name),
    added: added.map(({ id }) => id),
  };
}

export const noLabels: LabelPlan = { before: [], after: [], added: [] };

function isNamed(label: { name: string }, name: string): boolean {
  return fold(label.name) === fold(name);
}
