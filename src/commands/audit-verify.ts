import { verifyAudit } from '../domain/audit/verify-audit.ts';
import { findTenantBySlug, listTenants } from '../domain/tenant/tenant-queries.ts';
import type { PlatformDb } from '../database/as-platform.ts';
import { command, CommandFailed } from './command.ts';
import { withPlatform } from './with-database.ts';

export const auditVerify = command({
  options: { tenant: { type: 'string' } },
  run: async ({ config, options, answer }) => {
    const verdicts = await withPlatform(config, async (db) => {
      const checked = [];
      for (const { id, slug } of await tenantsToVerify(db, options.tenant))
        checked.push({ slug, ...(await verifyAudit(db, id, config.secretKeys)) });
      return checked;
    });
    const broken = verdicts.filter(({ problem }) => problem !== null);
    answer(
      verdicts,
      verdicts.map(({ slug, seals, events, problem }) =>
        problem ? `${slug}: ${problem}` : `${slug}: ${events} events in ${seals} seals, as they were written`,
      ),
    );
    if (broken.length > 0)
      throw new CommandFailed(`The audit log of ${broken.map(({ slug }) => slug).join(', ')} was changed.`);
  },
});

async function tenantsToVerify(db: PlatformDb, slug: string | undefined) {
  if (slug === undefined) return listTenants(db).orderBy('t.slug');
  const tenant = await findTenantBySlug(db, slug);
  if (!tenant) throw new CommandFailed(`There is no tenant "${slug}".`);
  return [tenant];
}
