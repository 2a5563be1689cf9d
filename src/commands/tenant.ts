import { asPlatform } from '../database/as-platform.ts';
import { inTenant } from '../database/in-tenant.ts';
import { MAX_COUNT } from '../database/paginate.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import { systemActor } from '../domain/actor.ts';
import { colour, updateBrand } from '../domain/brand/brand.ts';
import { resumeTenant, suspendTenant } from '../domain/tenant/tenant-actions.ts';
import { parseValues } from '../domain/form/parse-values.ts';
import { createTenant, newTenantSchema } from '../domain/tenant/create-tenant.ts';
import { listTenants, type ListedTenant } from '../domain/tenant/tenant-list.ts';
import {
  businessSchema,
  findTenantSettings,
  updateBusiness,
  type BusinessValues,
  type SettingsResult,
} from '../domain/tenant/tenant-settings.ts';
import { found } from '../errors.ts';
import { setPasswordUrl, tenantUrls } from '../domain/tenant/tenant.ts';
import {
  command,
  getTenant,
  invalidOptions,
  readSecret,
  withDatabase,
  withPlatform,
  WrongUsage,
  type Command,
} from './command.ts';

const settingsOptions = {
  name: { type: 'string' },
  'contact-email': { type: 'string' },
  'contact-phone': { type: 'string' },
  'reply-to': { type: 'string' },
  address: { type: 'string' },
  'tax-number': { type: 'string' },
  locale: { type: 'string' },
  'time-zone': { type: 'string' },
  currency: { type: 'string' },
  vocabulary: { type: 'string' },
  'password-min-length': { type: 'string' },
  colour: { type: 'string' },
} as const;

export const tenantCreate = command({
  options: {
    slug: { type: 'string' },
    'admin-email': { type: 'string' },
    'admin-name': { type: 'string' },
    'admin-password-stdin': { type: 'boolean' },
    ...settingsOptions,
  },
  required: ['slug', 'name', 'admin-email'],
  run: async (call) => {
    const { options, config } = call;
    const password = options['admin-password-stdin']
      ? await readSecret(call, 'admin-password-stdin')
      : undefined;
    const input = {
      slug: options.slug,
      name: options.name,
      admin_email: options['admin-email'],
      admin_name: options['admin-name'],
    };
    const { name: _, color, ...business } = parseSettings(options);
    const settings = {
      ...business,
      has_sandbox: !config.production,
      ...(password !== undefined && { password }),
      ...(color !== undefined && { brand: { color } }),
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

export const tenantUpdate = command({
  options: { slug: { type: 'string' }, ...settingsOptions },
  required: ['slug'],
  run: async ({ config, options, print }) => {
    const slug = options.slug!;
    const { color, ...business } = parseSettings(options);
    if (color === undefined && Object.keys(business).length === 0)
      throw new WrongUsage('Name at least one setting to change.');
    const { id, changes } = await withDatabase(config, async ({ database }) => {
      const { id } = await asPlatform(database, (db) => getTenant(db, slug));
      const result = await inTenant(database, id, (db) => changeSettings(db, business, color));
      if (!result.ok) throw invalidOptions(result.errors);
      return { id, changes: result.changes };
    });
    const changed = Object.keys(changes);
    const line =
      changed.length > 0 ? `${slug}: changed ${changed.join(', ')}.` : `${slug}: nothing to change.`;
    print({ tenant_id: id, slug, changed }, line);
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

type Settings = Partial<BusinessValues> & { color?: string };

/** The given options only. @throws {CommandFailed} */
function parseSettings(options: Partial<Record<keyof typeof settingsOptions, string>>): Settings {
  const schema = businessSchema.extend({ color: colour() });
  const given = Object.entries(options).flatMap(([option, value]): [string, unknown][] => {
    const name = option === 'colour' ? 'color' : option.replaceAll('-', '_');
    return name in schema.shape && value !== undefined ? [[name, decode(name, value)]] : [];
  });
  const mask = Object.fromEntries(given.map(([name]) => [name, true as const]));
  const parsed = parseValues(
    schema.pick(mask as Partial<Record<keyof typeof schema.shape, true>>),
    Object.fromEntries(given),
  );
  if (!parsed.ok) throw invalidOptions(parsed.errors, { color: 'colour' });
  return parsed.values as Settings;
}

/** An empty text removes an optional value. */
function decode(name: string, value: string): string | number | null {
  if (name === 'password_min_length') return Number(value);
  return value === '' ? null : value;
}

async function changeSettings(
  db: TenantDb,
  business: Partial<BusinessValues>,
  color: string | undefined,
): Promise<SettingsResult> {
  const actor = systemActor('Command line');
  const version = async () => found(await findTenantSettings(db)).version;
  const changed = await updateBusiness(db, actor, { ...business, version: await version() });
  if (!changed.ok || color === undefined) return changed;
  const branded = await updateBrand(db, actor, { color, version: await version() });
  return branded.ok ? { ok: true, changes: { ...changed.changes, ...branded.changes } } : branded;
}
