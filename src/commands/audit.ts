import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { asPlatform } from '../database/as-platform.ts';
import type { Database } from '../database/pools.ts';
import { platformChain, tenantChain, type Chain } from '../domain/audit/chain.ts';
import { verifyAudit, type AuditVerification } from '../domain/audit/verify-audit.ts';
import { listTenants } from '../domain/tenant/tenant-list.ts';
import { translator } from '../locales/translate.ts';
import { command, CommandFailed, getTenant, withDatabase } from './command.ts';

/** A chain is named by the subdomain of its tenant; null stands for the events of the platform console. */
type Result = { slug: string | null } & AuditVerification;

/** What `audit:verify --json` printed earlier. */
const printedHeads = z.array(
  z.object({
    slug: z.string().nullable(),
    seals: z.number(),
    events: z.number(),
    hash: z.string().nullable(),
  }),
);

type PrintedHead = z.infer<typeof printedHeads>[number];

export const auditVerify = command({
  options: { tenant: { type: 'string' }, heads: { type: 'string' } },
  run: async ({ config, options, print }) => {
    const earlier = options.heads === undefined ? [] : readHeads(options.heads);
    const results = await withDatabase(config, async ({ database }) => {
      const verified: Result[] = [];
      for (const { slug, chain } of await listChains(database, options.tenant)) {
        const earlierHead = findHead(earlier, slug);
        const verification = await verifyAudit(database, chain, {
          secretKeys: config.secretKeys,
          earlierHead,
        });
        verified.push({ slug, ...verification });
      }
      return verified;
    });
    if (options.tenant === undefined) results.push(...missingChains(earlier, results));
    print(results, results.map(resultLine));
    const broken = results.filter(({ problem }) => problem !== null);
    if (broken.length > 0)
      throw new CommandFailed(`The audit log of ${broken.map(chainName).join(', ')} was changed.`);
  },
});

async function listChains(
  database: Database,
  slug: string | undefined,
): Promise<{ slug: string | null; chain: Chain }[]> {
  const tenants = await asPlatform(
    database,
    async (db) => (slug === undefined ? listTenants(db) : [await getTenant(db, slug)]),
    { isLong: true },
  );
  const chains = tenants.map((tenant) => ({ slug: tenant.slug, chain: tenantChain(tenant.id) }));
  return slug === undefined ? [...chains, { slug: null, chain: platformChain }] : chains;
}

/** @throws {CommandFailed} */
function readHeads(file: string): PrintedHead[] {
  try {
    return printedHeads.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new CommandFailed(`--heads: ${file} does not have the output of audit:verify --json.`);
  }
}

function findHead(heads: readonly PrintedHead[], slug: string | null) {
  const head = heads.find((each) => each.slug === slug);
  return head?.hash ? { ...head, hash: head.hash } : undefined;
}

function missingChains(earlier: readonly PrintedHead[], results: readonly Result[]): Result[] {
  const known = new Set(results.map(({ slug }) => slug));
  return earlier
    .filter(({ slug }) => !known.has(slug))
    .map(({ slug }) => ({ slug, seals: 0, events: 0, hash: null, problem: 'there is no such tenant now' }));
}

function resultLine(result: Result): string {
  const { seals, events, hash, problem } = result;
  if (problem) return `${chainName(result)}: ${problem}`;
  if (seals === 0)
    return `${chainName(result)}: nothing is sealed yet (events are sealed after five minutes)`;
  const counts = `${countOfEvents(events)} in ${countOfSeals(seals)}, as they were written`;
  return `${chainName(result)}: ${counts}${hash ? `; head ${hash}` : ''}`;
}

function chainName({ slug }: Pick<Result, 'slug'>): string {
  return slug ?? 'the platform console';
}

const t = translator('en');
const countOfEvents = (count: number) => t({ one: '{count} event', other: '{count} events' }, { count });
const countOfSeals = (count: number) => t({ one: '{count} seal', other: '{count} seals' }, { count });
