export interface BenchmarkResult {
  /** What is measured, and what the ratios are relative to. */
  title: string;
  columns: readonly string[];
  rows: readonly (readonly (string | number)[])[];
  notes?: readonly string[];
}

export function printTable(name: string, { title, columns, rows, notes = [] }: BenchmarkResult): void {
  const lines = [columns, ...rows.map((row) => row.map(String))];
  const widths = columns.map((_, n) => Math.max(...lines.map((line) => line[n]?.length ?? 0)));
  const padded = lines.map((line) =>
    line.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!))).join('  '),
  );
  console.log([`\n${name}: ${title}`, ...padded, ...notes].join('\n'));
}

export function formatNumber(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function formatRatio(ratio: number): string {
  return `${formatNumber(ratio)}x`;
}

/** Takes the samples of all measurements in turn, so that a slow phase of the machine affects each of them. */
export async function interleavedSamples<Name extends string>(
  count: number,
  measurements: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(measurements) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let n = 0; n < count; n++) {
    for (const name of names) samples[name].push(await measurements[name]());
  }
  return samples;
}

export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The median of the ratios of samples that were taken in the same turn. */
export function medianRatio(samples: readonly number[], reference: readonly number[]): number {
  return median(samples.map((sample, n) => sample / reference[n]!));
}
