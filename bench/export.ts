import type { Bench } from './support/bench.ts';
import { logInStaff, type Client } from './support/client.ts';
import { readPages, treeMemory } from './support/other-pages.ts';
import { atMost, formatNumber, formatSamples, type JobResult } from './support/results.ts';
import { percentile } from './support/statistics.ts';

const PATH = '/users';

interface Exported {
  rows: number;
  seconds: number;
  /** Of all processes of the portal, once a second. */
  memory: number[];
  latencies: number[];
}

/** The export of all users by a task, and other pages of the tenant meanwhile. */
export async function exportRows(bench: Bench): Promise<JobResult> {
  const tenant = await bench.largeTenant();
  const portal = await bench.startPortal({ RUN: 'web,worker' }, { profile: 'export' });
  try {
    const client = await logInStaff(bench, portal, tenant);
    await readPages(client, bench.seconds);
    const before = await readPages(client, bench.seconds * bench.rounds);
    const memoryBefore = treeMemory(portal.pid);
    const task = await startExport(client);
    const exported = await followExport(client, portal.pid, task);
    const slowdown = percentile(exported.latencies, 95) / percentile(before, 95);
    return {
      title: `Export of ${exported.rows} users (\`${PATH}\`) by a task, and other pages meanwhile`,
      figures: [
        {
          name: 'p95 of other pages during an export, relative to before',
          unit: '',
          samples: [slowdown],
          goal: atMost(2, 1.5),
        },
        {
          name: 'memory added by an export',
          unit: 'MiB',
          samples: [Math.max(...exported.memory) - memoryBefore],
          goal: atMost(150, 80),
        },
      ],
      columns: ['', 'before', 'during the export'],
      rows: [
        [
          'p95 of other pages, ms',
          ...[before, exported.latencies].map((ms) => formatNumber(percentile(ms, 95))),
        ],
        ['memory, MiB', formatNumber(memoryBefore), formatSamples(exported.memory)],
        ['rows per second', '', formatNumber(exported.rows / exported.seconds)],
      ],
    };
  } finally {
    await portal.stop();
  }
}

/** Returns the address of the task. */
async function startExport(client: Client): Promise<string> {
  const { status, text } = await client.get(`${PATH}?format=csv`);
  if (status !== 200) throw new Error(`${PATH}?format=csv returned status ${status}`);
  const hidden = text.matchAll(/name="(_csrf|form_key|list|columns|query)" value="([^"]*)"/g);
  const fields = Object.fromEntries(Array.from(hidden, ([, name = '', value = '']) => [name, value]));
  return (await client.post('/exports', fields)).headers.location!;
}

async function followExport(client: Client, pid: number, task: string): Promise<Exported> {
  const startedAt = performance.now();
  const [memory, latencies]: [number[], number[]] = [[], []];
  for (;;) {
    latencies.push(...(await readPages(client, 1)));
    memory.push(treeMemory(pid));
    const { text } = await client.get(task);
    if (text.includes(`href="${task}/file"`)) break;
    if (!text.includes('/cancellation')) throw new Error('The export has failed');
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const { status, text } = await client.get(`${task}/file`);
  if (status !== 200) throw new Error(`${task}/file returned status ${status}`);
  return { rows: text.split('\r\n').length - 2, seconds, memory, latencies };
}
