import { latency, load, type Target } from './load.ts';
import { interleaved, median, ratio } from './rounds.ts';
import { rounded, times } from './table.ts';

const ROUNDS = 5;

export const PAGE_COLUMNS = ['page', 'requests/s', 'ratio', 'CPU µs', 'ratio', 'p50 ms', 'ratio'] as const;

/** Pages under the same load, a row each; the ratios are against the first: how many times dearer. */
export async function comparePages(pages: Readonly<Record<string, Target>>): Promise<string[][]> {
  const entries = Object.entries(pages);
  const cpu = new Map(entries.map(([name]) => [name, [] as number[]]));
  for (const [, page] of entries) await load(page);
  const loads = entries.map(([name, page]) => async () => {
    const answer = await load(page);
    cpu.get(name)!.push(answer.cpu);
    return 1e6 / answer.perSecond;
  });
  const waits = entries.map(
    ([, page]) =>
      () =>
        latency(page.caller, page.path),
  );
  const measured = Object.values(
    await interleaved(ROUNDS, Object.fromEntries([...loads, ...waits].entries())),
  );

  return entries.map(([name], n) => {
    const columns = [measured[n]!, cpu.get(name)!, measured[entries.length + n]!];
    const first = [measured[0]!, cpu.get(entries[0]![0])!, measured[entries.length]!];
    const shown = columns.map((values, column) => [
      rounded(column === 0 ? 1e6 / median(values) : median(values)),
      times(ratio(values, first[column]!)),
    ]);
    return [name, ...shown.flat()];
  });
}
