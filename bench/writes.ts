import { createCompany, createStaff, type TestTenant } from '../test/support/factories.ts';
import { bareInserts, type BareInserts } from './references/bare-inserts.ts';
import type { Bench } from './support/bench.ts';
import { Client, type FormFields } from './support/client.ts';
import { eachInLanes, LANES, openConnections } from './support/lanes.ts';
import { cpuSeconds, ownCpuSeconds } from './support/processes.ts';
import type { Program } from './support/program.ts';
import { atLeast, formatNumber, formatSamples, type Goal, type JobResult } from './support/results.ts';
import { interleavedSamples, median, ratios } from './support/statistics.ts';

interface CreateForm {
  job: string;
  about: string;
  goal: Goal;
  path: string;
  action: string;
  /** The fields for a user with this address. */
  fields: (email: string) => FormFields;
}

export async function createUser(bench: Bench): Promise<JobResult> {
  return measureForm(bench, await bench.smallTenant(), {
    job: 'create-user',
    about: 'create user with audit',
    goal: atLeast(0.18, 0.35),
    path: '/users/new',
    action: '/users',
    fields: (email) => ({ first_name: 'Ada', last_name: 'Lovelace', email, phone: '' }),
  });
}

export async function addCustomer(bench: Bench): Promise<JobResult> {
  const tenant = await bench.smallTenant();
  const { id } = await createCompany(bench, tenant);
  const { rows } = await bench.owner.query<{ id: string }>(
    `select id from roles where tenant_id = $1 and audience = 'customer' order by position limit 1`,
    [tenant.id],
  );
  const action = `/customers/companies/${id}/customers`;
  return measureForm(bench, tenant, {
    job: 'add-customer',
    about: 'add customer with mail queued',
    goal: atLeast(0.2, 0.35),
    path: `${action}/new`,
    action,
    fields: (username) => ({ username, 'roles[]': rows[0]!.id, template: 'accountInvitation' }),
  });
}

interface Writes {
  perSecond: number;
  serverMs: number;
  databaseMs: number;
}

/** Compares submissions of the form by staff with the same inserts on bare pg. */
async function measureForm(bench: Bench, tenant: TestTenant, form: CreateForm): Promise<JobResult> {
  const portal = await bench.startPortal({}, { profile: form.job });
  const submissions = new Submissions(portal, form);
  let bare: BareInserts | undefined;
  try {
    await submissions.logIn(bench, tenant);
    bare = await bareInserts(bench, tenant.id, await submissions.submitOne(), LANES);
    const { prepare, tables } = bare;
    const count = submissions.batchSize;
    const portalCpu = () => cpuSeconds(portal.pid);
    const submit = () => measureWrites(bench, count, portalCpu, () => submissions.submitBatch());
    const insert = () => measureWrites(bench, count, ownCpuSeconds, () => insertBatch(count, prepare));
    await insert();
    await submit();
    const samples = await interleavedSamples<string, Writes>(bench.rounds, { insert, submit });
    return toResult(form, tables, samples['insert']!, samples['submit']!);
  } finally {
    submissions.close();
    await bare?.close();
    await portal.stop();
  }
}

function toResult(
  { about, goal }: CreateForm,
  tables: readonly string[],
  inserts: readonly Writes[],
  submits: readonly Writes[],
): JobResult {
  const rates = (writes: readonly Writes[]) => writes.map(({ perSecond }) => perSecond);
  const row = (name: string, writes: readonly Writes[]) => [
    name,
    formatSamples(rates(writes)),
    formatSamples(ratios(rates(writes), rates(inserts))),
    formatNumber(median(writes.map(({ serverMs }) => serverMs))),
    formatNumber(median(writes.map(({ databaseMs }) => databaseMs))),
  ];
  return {
    title: `Submitted forms (${about}), relative to the same inserts pipelined on bare pg, ${LANES} at a time`,
    figures: [
      {
        name: `${about}, of the same inserts`,
        unit: '',
        samples: ratios(rates(submits), rates(inserts)),
        goal,
      },
    ],
    columns: ['', 'per second', 'ratio', 'CPU ms: server', 'database'],
    rows: [row('bare pg', inserts), row('the portal', submits)],
    notes: [
      `Bare pg sends ${tables.length} inserts (${tables.join(', ')}) in one transaction and one round trip, with prepared statements, as the role of the portal.`,
      'The forms are opened before each batch, outside of the measured time, so that each has a key of its own.',
    ],
  };
}

/** Staff who open the form and submit it with its key, in batches of one form each. */
class Submissions {
  readonly #portal: Program;
  readonly #form: CreateForm;
  readonly #connections = openConnections();
  #staff: Client[] = [];
  #count = 0;

  constructor(portal: Program, form: CreateForm) {
    this.#portal = portal;
    this.#form = form;
  }

  get batchSize(): number {
    return this.#staff.length;
  }

  async logIn(bench: Bench, tenant: TestTenant): Promise<void> {
    const count = bench.isQuick ? 24 : 200;
    this.#staff = Array.from({ length: count }, () => new Client(this.#portal, tenant.operations));
    await eachInLanes(this.#connections, this.#staff, async (client, connection) =>
      client.logIn('/login', await createStaff(bench, tenant), connection),
    );
  }

  /** Returns the address of the new user. */
  async submitOne(): Promise<string> {
    const { path, action, fields } = this.#form;
    const email = this.#nextAddress();
    const [client] = this.#staff;
    await client!.post(action, { ...(await client!.openForm(path)), ...fields(email) });
    return email;
  }

  /** Returns a function that submits the forms, which are open by then. */
  async submitBatch(): Promise<() => Promise<unknown>> {
    const { path, action, fields } = this.#form;
    const hidden = new Map<Client, FormFields>();
    await eachInLanes(this.#connections, this.#staff, async (client, connection) =>
      hidden.set(client, await client.openForm(path, connection)),
    );
    return () =>
      eachInLanes(this.#connections, this.#staff, (client, connection) =>
        client.post(action, { ...hidden.get(client), ...fields(this.#nextAddress()) }, connection),
      );
  }

  close(): void {
    for (const connection of this.#connections) connection.destroy();
    for (const client of this.#staff) client.close();
  }

  #nextAddress(): string {
    return `${this.#form.job}.${++this.#count}@example.com`;
  }
}

async function insertBatch(count: number, prepare: BareInserts['prepare']): Promise<() => Promise<unknown>> {
  const lanes = Array.from({ length: LANES }, (_, n) => n);
  const transactions = Array.from({ length: count }, prepare);
  return () => eachInLanes(lanes, transactions, (send) => send());
}

/** Runs batches until they took the time of one measurement; what prepares a batch is not measured. */
async function measureWrites(
  { seconds, postmasterPid }: Bench,
  batchSize: number,
  serverCpu: () => number,
  prepareBatch: () => Promise<() => Promise<unknown>>,
): Promise<Writes> {
  const total = { count: 0, seconds: 0, server: 0, database: 0 };
  while (total.seconds < seconds) {
    const runBatch = await prepareBatch();
    const before = [performance.now(), serverCpu(), cpuSeconds(postmasterPid)] as const;
    await runBatch();
    total.count += batchSize;
    total.seconds += (performance.now() - before[0]) / 1000;
    total.server += serverCpu() - before[1];
    total.database += cpuSeconds(postmasterPid) - before[2];
  }
  return {
    perSecond: total.count / total.seconds,
    serverMs: (total.server * 1000) / total.count,
    databaseMs: (total.database * 1000) / total.count,
  };
}
