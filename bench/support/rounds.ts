/**
 * Runs everything in turn, several times over: what slows the machine for a while slows all of it. The answers are
 * those of each round, in order.
 */
export async function interleaved<Name extends string>(
  rounds: number,
  runs: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(runs) as Name[];
  const answers = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) answers[name].push(await runs[name]());
  }
  return answers;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The median of what each round says, for a round's two figures were taken under the same load. */
export function ratio(values: readonly number[], reference: readonly number[]): number {
  return median(values.map((value, round) => value / reference[round]!));
}
