import { asPlatform, type PlatformDb } from '../database/as-platform.ts';
import { verifyAudit } from '../domain/audit/verify-audit.ts';
import { listTenants } from '../domain/tenant/tenant-list.ts';
import { translator } from '../locales/translate.ts';
import { command, CommandFailed, getTenant, withDatabase } from './command.ts';

export const auditVerify = command({
  options: { tenant: { type: 'string' } },
  run: async ({ config, options, print }) => {
    const results = await withDatabase(config, async ({ database }) => {
      const checked = [];
      for (const { id, slug } of await asPlatform(database, (db) => tenantsToVerify(db, options.tenant), {
        isLong: true,
      }))
        checked.push({ slug, ...(await verifyAudit(database, id, config.secretKeys)) });
      return checked;
    });
    const broken = results.filter(({ problem }) => problem !== null);
    print(
      results,
      results.map(({ slug, seals, events, problem }) =>
        problem
          ? `${slug}: ${problem}`
          : `${slug}: ${countOfEvents(events)} in ${countOfSeals(seals)}, as they were written`,
      ),
    );
    if (broken.length > 0)
      throw new CommandFailed(`The audit log of ${broken.map(({ slug }) => slug).join(', ')} was changed.`);
  },
});

const t = translator('en');
const countOfEvents = (count: number) => t({ one: '{count} event', other: '{count} events' }, { count });
const countOfSeals = (count: number) => t({ one: '{count} seal', other: '{count} seals' }, { count });

async function tenantsToVerify(db: PlatformDb, slug: string | undefined) {
  if (slug === undefined) return listTenants(db);
  return [await getTenant(db, slug)];
}
