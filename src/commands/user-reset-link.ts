import type { PlatformDb } from '../database/as-platform.ts';
import { systemActor } from '../domain/actor.ts';
import { tenantAddresses } from '../domain/tenant/tenant-addresses.ts';
import { findTenantBySlug } from '../domain/tenant/tenant-queries.ts';
import { findUsersByAddress, issueResetLink } from '../domain/user/issue-reset-link.ts';
import { normalEmail } from '../domain/text/email-address.ts';
import { command, CommandFailed, WrongUsage } from './command.ts';
import { withPlatform } from './with-database.ts';

export const userResetLink = command({
  options: { tenant: { type: 'string' }, email: { type: 'string' }, audience: { type: 'string' } },
  required: ['tenant', 'email'],
  run: async ({ config, options, answer }) => {
    const { tenant: slug, email, audience } = options;
    if (audience !== undefined && audience !== 'staff' && audience !== 'customer')
      throw new WrongUsage(`--audience takes staff or customer, not "${audience}".`);
    const issued = await withPlatform(config, async (db) => {
      const tenant = await findTenantBySlug(db, slug!);
      if (!tenant) throw new CommandFailed(`There is no tenant "${slug}".`);
      const user = await theOne(db, tenant.id, email!, audience);
      return { tenant, user, ...(await issueResetLink(db, systemActor('Command line'), tenant.id, user)) };
    });
    const { tenant, user, token, expires_at } = issued;
    const addresses = tenantAddresses(tenant, config);
    const page =
      user.audience === 'staff'
        ? `${addresses.operations_url}/reset-password`
        : `${addresses.portal_url}/account/reset-password`;
    const reset_url = `${page}?token=${token}`;
    answer({ user_id: user.id, audience: user.audience, reset_url, expires_at }, reset_url);
  },
});

async function theOne(db: PlatformDb, tenantId: string, email: string, audience: string | undefined) {
  const address = normalEmail(email);
  const everybody = address === undefined ? [] : await findUsersByAddress(db, tenantId, address);
  const [user, another] = everybody.filter((user) => audience === undefined || user.audience === audience);
  if (!user) throw new CommandFailed(`Nobody has the address ${email} there.`);
  if (another) throw new CommandFailed(`${email} is staff and a customer: say which with --audience.`);
  if (user.status === 'disabled') throw new CommandFailed(`${email} is disabled: enable the account first.`);
  return user;
}
