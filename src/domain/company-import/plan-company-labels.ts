import type { Changes } from '../audit/audit.ts';
import type { CompanyRows, ImportedLabel } from './company-row-context.ts';
import type { StoredCompany } from './stored-companies.ts';

/** Labels are added only. */
export function planLabels(
  { labels }: CompanyRows,
  stored: StoredCompany | undefined,
  given: readonly ImportedLabel[],
) {
  const before = labels.filter(({ id }) => stored?.label_ids.includes(id));
  const added_labels = given.filter(({ id }) => !stored?.label_ids.includes(id));
  const names = (some: readonly ImportedLabel[]) => some.map(({ name }) => name);
  const label_changes: Changes =
    added_labels.length > 0 ? { labels: [names(before), names([...before, ...added_labels])] } : {};
  return { added_labels, label_changes };
}
