import { z } from 'zod';
import type { PlatformDb } from '../database/as-platform.ts';
import { systemActor } from '../domain/actor.ts';
import { email } from '../domain/form/fields.ts';
import { parseForm } from '../domain/form/parse-form.ts';
import { tenantAddresses } from '../domain/tenant/tenant-addresses.ts';
import { findTenantBySlug } from '../domain/tenant/tenant-queries.ts';
import { findUsersByAddress, issueResetLink } from '../domain/user/issue-reset-link.ts';
import type { EmailAddress } from '../domain/text/email-address.ts';
import { command, CommandFailed, WrongUsage } from './command.ts';
import { refusal } from './refusal.ts';
import { withPlatform } from './with-database.ts';

export const userResetLink = command({
  options: { tenant: { type: 'string' }, email: { type: 'string' }, audience: { type: 'string' } },
  required: ['tenant', 'email'],
  run: async ({ config, options, answer }) => {
    const { tenant: slug, audience } = options;
    if (audience !== undefined && audience !== 'staff' && audience !== 'customer')
      throw new WrongUsage(`--audience takes staff or customer, not "${audience}".`);
    const parsed = parseForm(z.object({ email: email('Enter an email address') }), options);
    if (!parsed.ok) throw refusal(parsed.form);
    const address = parsed.values.email;
    const issued = await withPlatform(config, async (db) => {
      const tenant = await findTenantBySlug(db, slug!);
      if (!tenant) throw new CommandFailed(`There is no tenant "${slug}".`);
      const user = await theOne(db, tenant.id, address, audience);
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

async function theOne(db: PlatformDb, tenantId: string, email: EmailAddress, audience: string | undefined) {
  const everybody = await findUsersByAddress(db, tenantId, email);
  const [user, another] = everybody.filter((user) => audience === undefined || user.audience === audience);
  if (!user) throw new CommandFailed(`Nobody has the address ${email} there.`);
  if (another) throw new CommandFailed(`${email} is staff and a customer: say which with --audience.`);
  if (user.status === 'disabled') throw new CommandFailed(`${email} is disabled: enable the account first.`);
  return user;
}
