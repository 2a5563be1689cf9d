import type { Bench } from './support/bench.ts';
import type { Program } from './support/program.ts';
import { atMost, formatSamples, type JobResult } from './support/results.ts';
import { interleavedSamples, ratios } from './support/statistics.ts';

/** The time from the start of the built program to its first page, on a migrated database. */
export async function coldStart(bench: Bench): Promise<JobResult> {
  const page = { LOGIN_BYTES: '0', ACCOUNT_BYTES: '0', USERS_BYTES: '0' };
  const bareStack = () => startSeconds(() => bench.startReference('bare-express.mjs', page, '/login'));
  const portal = () => startSeconds(() => bench.startPortal({}, { profile: 'cold-start' }));
  const oneProcess = () => startSeconds(() => bench.startPortal({ WORKERS: '1' }));
  await bareStack();
  await portal();
  const samples = await interleavedSamples(bench.rounds, { bareStack, portal, oneProcess });
  const row = (name: string, seconds: readonly number[]) => [
    name,
    formatSamples(seconds),
    formatSamples(ratios(seconds, samples.bareStack)),
  ];
  return {
    title: 'Seconds from the start of the process to the first login page, without starting the database',
    figures: [{ name: 'cold start', unit: 's', samples: samples.portal, goal: atMost(1, 0.7) }],
    columns: ['', 'seconds', 'ratio'],
    rows: [
      row('bare stack', samples.bareStack),
      row('the portal', samples.portal),
      row('the portal with `WORKERS=1`', samples.oneProcess),
    ],
    notes: ['The files are in the cache of the operating system after a first start that is not measured.'],
  };
}

async function startSeconds(start: () => Promise<Program>): Promise<number> {
  const program = await start();
  await program.stop();
  return program.startSeconds;
}
