import { MAX_FAILED_LOGINS, type UserHistoryEntry } from './user-queries.ts';

export interface HistoryLine extends UserHistoryEntry {
  /** How many failed logins in a row the line stands for. */
  count: number;
  /** There may be more. */
  is_cut: boolean;
  /** Of the failed logins. */
  ips: string[];
}

const MAX_LINES = 10;

/** The newest first, with one line for failed logins in a row. */
export function historyLines(entries: readonly UserHistoryEntry[], maxLines = MAX_LINES): HistoryLine[] {
  const isFailure = ({ event }: UserHistoryEntry) => event === 'user.login_failed';
  const failures = entries.filter(isFailure);
  const oldestFailure = failures.length >= MAX_FAILED_LOGINS ? oldestOf(failures) : undefined;
  const lines: HistoryLine[] = [];
  for (const entry of entries.toSorted((a, b) => b.at.getTime() - a.at.getTime() || (a.id < b.id ? 1 : -1))) {
    const last = lines.at(-1);
    const is_cut = entry === oldestFailure;
    if (last && isFailure(entry) && isFailure(last)) {
      last.count += 1;
      last.is_cut ||= is_cut;
      if (entry.ip !== null && !last.ips.includes(entry.ip)) last.ips.push(entry.ip);
    } else
      lines.push({
        ...entry,
        count: 1,
        is_cut,
        ips: isFailure(entry) && entry.ip !== null ? [entry.ip] : [],
      });
  }
  return lines.slice(0, maxLines);
}

function oldestOf(entries: readonly UserHistoryEntry[]): UserHistoryEntry | undefined {
  return entries.toSorted((a, b) => a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : 1))[0];
}
