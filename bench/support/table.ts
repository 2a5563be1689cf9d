export interface Answer {
  /** The question in a sentence, and what the ratios are against. */
  about: string;
  columns: readonly string[];
  rows: readonly (readonly (string | number)[])[];
  /** What the figures alone do not say. */
  notes?: readonly string[];
}

export function printTable(name: string, { about, columns, rows, notes = [] }: Answer): void {
  const lines = [columns, ...rows.map((row) => row.map(String))];
  const widths = columns.map((_, n) => Math.max(...lines.map((line) => line[n]?.length ?? 0)));
  const drawn = lines.map((line) =>
    line.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!))).join('  '),
  );
  console.log([`\n${name}: ${about}`, ...drawn, ...notes].join('\n'));
}

/** Three digits are all that such a measurement is worth. */
export function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function times(ratio: number): string {
  return `${rounded(ratio)}x`;
}
