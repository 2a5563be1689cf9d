import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createCustomer, createStaff } from '../test/support/factories.ts';
import type { Bench } from './support/bench.ts';
import { Client, type ClientResponse } from './support/client.ts';
import {
  LOAD_COLUMNS,
  loadRow,
  measureTargets,
  throughputRatios,
  type LoadTarget,
} from './support/http-load.ts';
import type { Program } from './support/program.ts';
import { atLeast, type Figure, type JobResult } from './support/results.ts';

const PORTAL = 'the portal';
const OLDER = 'the older build';

/** The login page against the same bytes from node:http and against a login page of Express with EJS. */
export async function login(bench: Bench): Promise<JobResult> {
  const { account } = await bench.smallTenant();
  const client = new Client({ port: 0 }, account);
  return withPrograms(bench, 'login', async ({ portal, older, start }) => {
    const page = await new Client(portal, account).get('/account/login');
    const bare = await start('bare-express.mjs', pageSizes({ login: page }), '/login');
    const http = await start('bare-http.mjs', { PAGE_FILE: writePage(bench, page) }, '/');
    const target = (server: Program) => ({ ...server, path: '/account/login', headers: client.headers() });
    const loads = await measureTargets(bench, {
      'Express and EJS': bareTarget(bare, '/login'),
      [PORTAL]: target(portal),
      'Express, EJS, helmet and express-session': bareTarget(bare, '/login-with-session'),
      'node:http, the same bytes': bareTarget(http, '/'),
      ...(older && { [OLDER]: target(older) }),
    });
    const reference = loads['Express and EJS']!;
    return {
      title: 'The login page for visitors without a cookie, relative to a login page of bare Express and EJS',
      figures: [
        {
          name: 'login page, of bare Express and EJS',
          unit: '',
          samples: throughputRatios(loads[PORTAL]!, reference),
          goal: atLeast(0.55, 0.7),
        },
      ],
      columns: LOAD_COLUMNS,
      rows: Object.entries(loads).map(([name, samples]) => loadRow(name, samples, reference)),
      notes: [`The page has ${page.text.length} characters; the pages of the references have the same size.`],
    };
  });
}

/** The first page of a logged-in customer. */
export async function account(bench: Bench): Promise<JobResult> {
  const tenant = await bench.smallTenant();
  const customer = await createCustomer(bench, tenant);
  return measureSignedIn(bench, {
    job: 'account',
    path: '/account',
    logIn: async (portal) => {
      const client = new Client(portal, tenant.account);
      await client.logIn('/account/login', customer);
      return client;
    },
    figure: { name: '`/account`, of the bare session page', goal: atLeast(0.5, 0.7) },
  });
}

/** The list of users with 25 rows, as staff see it. */
export async function users(bench: Bench): Promise<JobResult> {
  const tenant = await bench.smallTenant();
  const staff = await createStaff(bench, tenant);
  return measureSignedIn(bench, {
    job: 'users',
    path: '/users',
    logIn: async (portal) => {
      const client = new Client(portal, tenant.operations);
      await client.logIn('/login', staff);
      return client;
    },
    // 2 and 4 times the 0.12 that was measured before the pages were made faster.
    figure: { name: '`/users`, of the bare session page', goal: atLeast(0.24, 0.48) },
    olderFigure: { name: '`/users`, of the older build', goal: atLeast(2, 4) },
  });
}

interface SignedInPage {
  job: 'account' | 'users';
  path: string;
  logIn: (portal: Program) => Promise<Client>;
  figure: Pick<Figure, 'name' | 'goal'>;
  olderFigure?: Pick<Figure, 'name' | 'goal'>;
}

async function measureSignedIn(
  bench: Bench,
  { job, path, logIn, figure, olderFigure }: SignedInPage,
): Promise<JobResult> {
  await bench.owner.query(CREATE_SESSION_TABLE);
  return withPrograms(bench, job, async ({ portal, older, start }) => {
    const client = await logIn(portal);
    const page = await client.get(path);
    const bare = await start('bare-express.mjs', pageSizes({ [job]: page }), '/login');
    const visitor = new Client(bare, 'localhost');
    await visitor.get('/sign-in');
    const loads = await measureTargets(bench, {
      'bare session page': { ...bare, path, headers: visitor.headers() },
      [PORTAL]: { ...portal, path, headers: client.headers() },
      ...(older && { [OLDER]: { ...older, path, headers: (await logIn(older)).headers() } }),
    });
    const reference = loads['bare session page']!;
    const ours = loads[PORTAL]!;
    const figures: Figure[] = [{ ...figure, unit: '', samples: throughputRatios(ours, reference) }];
    if (olderFigure && older)
      figures.push({ ...olderFigure, unit: '', samples: throughputRatios(ours, loads[OLDER]!) });
    return {
      title: `\`${path}\` for one session, relative to a page of Express, EJS, helmet and express-session with connect-pg-simple`,
      figures,
      columns: LOAD_COLUMNS,
      rows: Object.entries(loads).map(([name, samples]) => loadRow(name, samples, reference)),
      notes: [`The page has ${page.text.length} characters; the page of the reference has the same size.`],
    };
  });
}

interface Programs {
  portal: Program;
  /** The older build on the same database. */
  older: Program | undefined;
  /** Starts a reference, which is stopped with the others. */
  start: Bench['startReference'];
}

async function withPrograms<Result>(
  bench: Bench,
  job: string,
  work: (programs: Programs) => Promise<Result>,
): Promise<Result> {
  const started: Program[] = [];
  const keep = async (starting: Promise<Program>) => {
    const program = await starting;
    started.push(program);
    return program;
  };
  try {
    const portal = await keep(bench.startPortal({}, { profile: job }));
    const { baselineDir } = bench;
    const older = baselineDir ? await keep(bench.startPortal({}, { folder: baselineDir })) : undefined;
    return await work({ portal, older, start: (...args) => keep(bench.startReference(...args)) });
  } finally {
    for (const program of started) await program.stop();
  }
}

function pageSizes(pages: { login?: ClientResponse; account?: ClientResponse; users?: ClientResponse }) {
  const bytes = (page: ClientResponse | undefined) => String(Buffer.byteLength(page?.text ?? ''));
  return {
    LOGIN_BYTES: bytes(pages.login),
    ACCOUNT_BYTES: bytes(pages.account),
    USERS_BYTES: bytes(pages.users),
  };
}

function writePage({ dataDir }: Bench, { headers, text }: ClientResponse): string {
  const file = path.join(dataDir, 'page.json');
  writeFileSync(file, JSON.stringify({ headers, body: text }));
  return file;
}

function bareTarget(server: Program, path: string): LoadTarget {
  return { ...server, path, headers: { host: 'localhost' } };
}

/** The table of connect-pg-simple. */
const CREATE_SESSION_TABLE = `
  create schema if not exists bare;
  create table if not exists bare.session (sid varchar primary key, sess json not null, expire timestamp(6) not null);
  create index if not exists session_expire on bare.session (expire)`;
