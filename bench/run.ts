import { printTable, type BenchmarkResult } from './support/results.ts';

/** One file per benchmark; each runs the built program on its own database. */
const benchmarks: Record<string, () => Promise<{ run: () => Promise<BenchmarkResult> }>> = {
  'anonymous-page': () => import('./anonymous-page.ts'),
  'signed-in-page': () => import('./signed-in-page.ts'),
  size: () => import('./size.ts'),
  'pipelined-read': () => import('./pipelined-read.ts'),
  outbox: () => import('./outbox.ts'),
  'password-hashing': () => import('./password-hashing.ts'),
  start: () => import('./start.ts'),
};

const requested = process.argv.slice(2);
const unknown = requested.filter((name) => !Object.hasOwn(benchmarks, name));
if (unknown.length > 0) {
  console.error(
    `Unknown benchmark: ${unknown.join(', ')}. Benchmarks: ${Object.keys(benchmarks).join(', ')}`,
  );
  process.exit(64);
}
for (const name of requested.length > 0 ? requested : Object.keys(benchmarks)) {
  const { run } = await benchmarks[name]!();
  printTable(name, await run());
}
