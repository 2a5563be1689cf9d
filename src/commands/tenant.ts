import { isTimeZone } from '../database/list-filters.ts';
import { MAX_COUNT } from '../database/paginate.ts';
import { systemActor } from '../domain/actor.ts';
import { resumeTenant, suspendTenant } from '../domain/tenant/tenant-actions.ts';
import { parseValues } from '../domain/form/parse-values.ts';
import { createTenant, newTenantSchema } from '../domain/tenant/create-tenant.ts';
import { listTenants, type ListedTenant } from '../domain/tenant/tenant-list.ts';
import { setPasswordUrl, tenantUrls } from '../domain/tenant/tenant.ts';
import { locales } from '../locales/locales.ts';
import {
  command,
  CommandFailed,
  getTenant,
  invalidOptions,
  readSecret,
  withPlatform,
  type Command,
} from './command.ts';

export const tenantCreate = command({
  options: {
    slug: { type: 'string' },
    name: { type: 'string' },
    'admin-email': { type: 'string' },
    'admin-password-stdin': { type: 'boolean' },
    locale: { type: 'string' },
    'time-zone': { type: 'string' },
    currency: { type: 'string' },
  },
  required: ['slug', 'name', 'admin-email'],
  run: async (call) => {
    const { options, config } = call;
    const password = options['admin-password-stdin']
      ? await readSecret(call, 'admin-password-stdin')
      : undefined;
    const input = { slug: options.slug, name: options.name, admin_email: options['admin-email'] };
    const settings = {
      ...(password !== undefined && { password }),
      ...(options.locale && { locale: parseLocale(options.locale) }),
      ...(options['time-zone'] && { time_zone: parseTimeZone(options['time-zone']) }),
      ...(options.currency && { currency: parseCurrency(options.currency) }),
    };
    const parsed = parseValues(newTenantSchema, input);
    if (!parsed.ok) throw invalidOptions(parsed.errors);
    const created = await withPlatform(config, (db) =>
      createTenant(db, systemActor('Command line'), parsed.values, settings),
    );
    if (!created.ok) throw invalidOptions(created.errors, { password: 'admin-password-stdin' });
    const { tenant, set_password_token: token } = created;
    const json = {
      tenant_id: tenant.id,
      ...tenantUrls(tenant, config),
      set_password_url: token && setPasswordUrl(tenant, token, config),
    };
    // JSON even without --json, because scripts read the link.
    call.print(json, JSON.stringify(json, null, 2));
  },
});

export const tenantList = command({
  options: { search: { type: 'string' } },
  run: async ({ config, options, print }) => {
    const tenants = await withPlatform(config, (db) => listTenants(db, options.search));
    const json = tenants.map(({ id, ...tenant }) => ({
      tenant_id: id,
      ...tenant,
      ...tenantUrls(tenant, config),
    }));
    print(json, tenants.length > 0 ? tenants.map(formatTenant) : 'No tenants.');
  },
});

export const tenantSuspend = changeStatus(suspendTenant, 'suspended');
export const tenantResume = changeStatus(resumeTenant, 'active');

function changeStatus(change: typeof suspendTenant, status: 'suspended' | 'active'): Command {
  return command({
    options: { slug: { type: 'string' } },
    required: ['slug'],
    run: async ({ config, options, print }) => {
      const slug = options.slug!;
      const { tenant, isChanged } = await withPlatform(config, async (db) => {
        const tenant = await getTenant(db, slug);
        return { tenant, isChanged: await change(db, systemActor('Command line'), tenant.id) };
      });
      const line = isChanged ? `${tenant.name} is now ${status}.` : `${tenant.name} was ${status} already.`;
      print({ tenant_id: tenant.id, slug, status, changed: isChanged }, line);
    },
  });
}

function formatTenant({ slug, status, users, name }: ListedTenant): string {
  const count = users > MAX_COUNT ? `${MAX_COUNT}+` : String(users);
  return `${slug.padEnd(40)} ${status.padEnd(9)} ${count.padStart(6)} users  ${name}`;
}

function parseLocale(locale: string): string {
  if (!Object.hasOwn(locales, locale))
    throw new CommandFailed(`--locale: Use ${Object.keys(locales).join(' or ')}`);
  return locale;
}

function parseTimeZone(timeZone: string): string {
  if (!isTimeZone(timeZone)) throw new CommandFailed('--time-zone: Use a name like Europe/Berlin');
  return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
}

function parseCurrency(currency: string): string {
  if (!Intl.supportedValuesOf('currency').includes(currency))
    throw new CommandFailed('--currency: Use three capital letters, like EUR');
  return currency;
}
