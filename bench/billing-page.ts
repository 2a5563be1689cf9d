import type { Bench } from './support/bench.ts';
import type { Client } from './support/client.ts';
import { logInInvoicedCustomer } from './support/invoiced-customer.ts';
import { atMost, formatSamples, type JobResult } from './support/results.ts';
import { interleavedSamples, median, ratios } from './support/statistics.ts';

const PATH = '/account/billing';
const YEARS = 10;

/** The billing history of a customer of many years, relative to that of a customer with one invoice. */
export async function billingPage(bench: Bench): Promise<JobResult> {
  const tenant = await bench.smallTenant();
  const portal = await bench.startPortal();
  try {
    const logIn = (months: number) => logInInvoicedCustomer(bench, portal, { tenant, months });
    const [one, many] = [await logIn(1), await logIn(YEARS * 12)];
    await bench.owner.query('analyze');
    for (const client of [one, many]) await medianTime(client, bench.seconds);
    const samples = await interleavedSamples(bench.rounds, {
      one: () => medianTime(one, bench.seconds),
      many: () => medianTime(many, bench.seconds),
    });
    const ratio = ratios(samples.many, samples.one);
    return {
      title: `\`${PATH}\` of a customer with ${YEARS} years of monthly invoices, relative to that of a customer with one invoice`,
      figures: [
        {
          name: 'billing history of 10 years, of one invoice',
          unit: '',
          samples: ratio,
          goal: atMost(2, 1.5),
        },
      ],
      columns: ['invoices', 'p50 ms', 'ratio'],
      rows: [
        ['1', formatSamples(samples.one), formatSamples(samples.one.map(() => 1))],
        [String(YEARS * 12), formatSamples(samples.many), formatSamples(ratio)],
      ],
    };
  } finally {
    await portal.stop();
  }
}

async function medianTime(client: Client, seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1000;
  const times: number[] = [];
  while (performance.now() < end) {
    const { status, ms } = await client.get(PATH);
    if (status !== 200) throw new Error(`${PATH} returned status ${status}`);
    times.push(ms);
  }
  return median(times);
}
