import * as z from 'zod';
import type { PlatformDb } from '../database/as-platform.ts';
import { systemActor } from '../domain/actor.ts';
import { email } from '../domain/form/fields.ts';
import { parseValues } from '../domain/form/parse-values.ts';
import { tenantUrls } from '../domain/tenant/tenant.ts';
import type { EmailAddress } from '../domain/text/email-address.ts';
import { findUsersByAddress, issueResetLink } from '../domain/user/user-emails.ts';
import { command, CommandFailed, getTenant, invalidOptions, withPlatform, WrongUsage } from './command.ts';

export const userResetLink = command({
  options: { tenant: { type: 'string' }, email: { type: 'string' }, audience: { type: 'string' } },
  required: ['tenant', 'email'],
  run: async ({ config, options, print }) => {
    const { tenant: slug, audience } = options;
    if (audience !== undefined && audience !== 'staff' && audience !== 'customer')
      throw new WrongUsage(`--audience takes staff or customer, not "${audience}".`);
    const parsed = parseValues(z.object({ email: email() }), options);
    if (!parsed.ok) throw invalidOptions(parsed.errors);
    const address = parsed.values.email;
    const issued = await withPlatform(config, async (db) => {
      const tenant = await getTenant(db, slug!);
      if (tenant.status === 'suspended')
        throw new CommandFailed(`${tenant.slug} is suspended: resume the tenant first.`);
      const user = await findSingleUser(db, tenant.id, address, audience);
      return { tenant, user, ...(await issueResetLink(db, systemActor('Command line'), tenant.id, user)) };
    });
    const { tenant, user, token, expires_at } = issued;
    const addresses = tenantUrls(tenant, config);
    const page =
      user.audience === 'staff'
        ? `${addresses.operations_url}/reset-password`
        : `${addresses.portal_url}/account/reset-password`;
    const reset_url = `${page}?token=${token}`;
    print({ user_id: user.id, audience: user.audience, reset_url, expires_at }, reset_url);
  },
});

async function findSingleUser(
  db: PlatformDb,
  tenantId: string,
  email: EmailAddress,
  audience: string | undefined,
) {
  const users = await findUsersByAddress(db, tenantId, email);
  const [user, another] = users.filter((user) => audience === undefined || user.audience === audience);
  if (!user) throw new CommandFailed(`No user has the address ${email} there.`);
  if (another) throw new CommandFailed(`${email} is staff and a customer: say which with --audience.`);
  if (user.status === 'disabled') throw new CommandFailed(`${email} is disabled: enable the account first.`);
  return user;
}
