import { locales } from '../locales/locales.ts';
import { systemActor } from '../domain/actor.ts';
import { createTenant } from '../domain/tenant/tenant-actions.ts';
import { setPasswordUrl, tenantAddresses } from '../domain/tenant/tenant-addresses.ts';
import { command, CommandFailed } from './command.ts';
import { readSecret } from './read-stdin.ts';
import { refusal } from './refusal.ts';
import { withPlatform } from './with-database.ts';

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
      ...(options.locale && { locale: supportedLocale(options.locale) }),
      ...(options['time-zone'] && { time_zone: knownTimeZone(options['time-zone']) }),
      ...(options.currency && { currency: knownCurrency(options.currency) }),
    };
    const created = await withPlatform(config, (db) =>
      createTenant(db, systemActor('Command line'), input, settings),
    );
    if (!created.ok) throw refusal(created.form, { password: 'admin-password-stdin' });
    const { tenant, set_password_token: token } = created;
    const answer = {
      tenant_id: tenant.id,
      ...tenantAddresses(tenant, config),
      set_password_url: token && setPasswordUrl(tenant, token, config),
    };
    // JSON either way: this answer is what scripts go on with.
    call.answer(answer, JSON.stringify(answer, null, 2));
  },
});

function supportedLocale(locale: string): string {
  if (!Object.hasOwn(locales, locale))
    throw new CommandFailed(`--locale: Use ${Object.keys(locales).join(' or ')}`);
  return locale;
}

function knownTimeZone(timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch {
    throw new CommandFailed('--time-zone: Use a name like Europe/Berlin');
  }
}

function knownCurrency(currency: string): string {
  if (!Intl.supportedValuesOf('currency').includes(currency))
    throw new CommandFailed('--currency: Use three capital letters, like EUR');
  return currency;
}
