import { systemActor } from '../domain/actor.ts';
import { resumeTenant, suspendTenant } from '../domain/tenant/tenant-actions.ts';
import { findTenantBySlug } from '../domain/tenant/tenant-queries.ts';
import { command, CommandFailed, type Command } from './command.ts';
import { withPlatform } from './with-database.ts';

export const tenantSuspend = changeStatus(suspendTenant, 'suspended');
export const tenantResume = changeStatus(resumeTenant, 'active');

function changeStatus(change: typeof suspendTenant, status: 'suspended' | 'active'): Command {
  return command({
    options: { slug: { type: 'string' } },
    required: ['slug'],
    run: async ({ config, options, answer }) => {
      const slug = options.slug!;
      const { tenant, isChanged } = await withPlatform(config, async (db) => {
        const tenant = await findTenantBySlug(db, slug);
        if (!tenant) throw new CommandFailed(`There is no tenant "${slug}".`);
        return { tenant, isChanged: await change(db, systemActor('Command line'), tenant.id) };
      });
      const line = isChanged ? `${tenant.name} is now ${status}.` : `${tenant.name} was ${status} already.`;
      answer({ tenant_id: tenant.id, slug, status, changed: isChanged }, line);
    },
  });
}
