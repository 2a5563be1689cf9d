import { auditEvents, changeLines, erasedLines } from '../domain/audit/audit.ts';
import type { CustomField } from '../domain/custom-field/custom-field-queries.ts';
import { customFieldName } from '../domain/custom-field/form-fields.ts';
import type { HistoryLine } from '../domain/user/user-history.ts';

const MAX_SHOWN_IPS = 5;

export function describeLine(line: HistoryLine, customFields: readonly CustomField[]) {
  const is_erased = line.target_name === null;
  const comment = line.event.endsWith('.commented') ? line.changes['comment'] : undefined;
  const changes = comment === undefined ? line.changes : {};
  return {
    ...line,
    label: auditEvents[line.event] ?? line.event,
    ips: line.ips.slice(0, MAX_SHOWN_IPS),
    more_ips: Math.max(0, line.ips.length - MAX_SHOWN_IPS),
    is_erased,
    comment: typeof comment === 'string' ? comment : null,
    lines: is_erased ? erasedLines(line.changes) : changeLines(withTitles(changes, customFields)),
  };
}

/** Names custom fields as the other pages do. */
function withTitles(
  changes: Readonly<Record<string, unknown>>,
  customFields: readonly CustomField[],
): Record<string, unknown> {
  const entries = Object.entries(changes).map(([name, change]): [string, unknown] => [
    customFields.find((field) => customFieldName(field) === name)?.title ?? name,
    change,
  ]);
  return Object.fromEntries(entries);
}
