import { formatNumber, formatSpread, isReached, type Figure, type JobResult } from './results.ts';
import { median } from './statistics.ts';

export interface ReportedJob {
  name: string;
  /** The error of a job that failed. */
  result: JobResult | Error;
}

export const GOAL_COLUMNS = ['figure', 'measured', 'spread', 'must reach', 'aim', 'reached'];

/** The text of docs/performance.md. `machine` are lines like `CPU: …`. */
export function formatReport(machine: readonly string[], jobs: readonly ReportedJob[]): string {
  const figures = jobs.flatMap(({ result }) => (result instanceof Error ? [] : result.figures));
  return [
    '# Performance',
    'Written by `npm run bench`. Figures are medians of interleaved rounds; the spread is the lowest and the highest round. ' +
      'Ratios compare measurements of the same round. The client and the database run on the same cores as the portal.',
    machine.map((line) => `- ${line}`).join('\n'),
    '## Goals',
    formatTable(GOAL_COLUMNS, figures.map(goalRow)),
    ...jobs.flatMap(formatJob),
  ]
    .join('\n\n')
    .concat('\n');
}

export function formatJob({ name, result }: ReportedJob): string[] {
  if (result instanceof Error) return [`## ${name}`, `The job failed: ${result.message}`];
  const { title, columns, rows, notes = [] } = result;
  return [
    `## ${name}`,
    `${title}.`,
    formatTable(columns, rows),
    ...(notes.length > 0 ? [notes.map((note) => `- ${note}`).join('\n')] : []),
  ];
}

export function goalRow({ name, unit, samples, goal }: Figure): string[] {
  const measured = median(samples);
  const format = (value: number) => [formatNumber(value), unit].join(' ').trim();
  const sign = goal.isHigherBetter ? '≥' : '≤';
  const hasAim = isReached(measured, goal.aim, goal);
  const hasMinimum = isReached(measured, goal.mustReach, goal);
  return [
    name,
    format(measured),
    formatSpread(samples),
    `${sign} ${format(goal.mustReach)}`,
    `${sign} ${format(goal.aim)}`,
    hasAim ? 'aim' : hasMinimum ? 'yes' : '**no**',
  ];
}

/** A Markdown table with padded columns, which is readable in a terminal as well. */
export function formatTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [columns, ...rows].map((line) => line.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = columns.map((_, n) => Math.max(3, ...lines.map((line) => line[n]?.length ?? 0)));
  const pad = (line: readonly string[]) =>
    `| ${widths.map((width, n) => (line[n] ?? '').padEnd(width)).join(' | ')} |`;
  return [pad(lines[0]!), pad(widths.map((width) => '-'.repeat(width))), ...lines.slice(1).map(pad)].join(
    '\n',
  );
}
