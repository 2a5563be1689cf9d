import { asPlatform } from '../database/as-platform.ts';
import { inTenant } from '../database/in-tenant.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import { systemActor } from '../domain/actor.ts';
import { findBillingSettings } from '../domain/billing/billing-settings.ts';
import {
  billingSettingsSchema,
  settingFields,
  settingNames,
  switches,
} from '../domain/billing/billing-settings-form.ts';
import { updateBillingSettings } from '../domain/billing/update-billing-settings.ts';
import { parseValues } from '../domain/form/parse-values.ts';
import { found } from '../errors.ts';
import { command, getTenant, invalidOptions, withDatabase, WrongUsage } from './command.ts';

const optionNames = Object.fromEntries(settingNames.map((name) => [name, `set ${name}`]));

export const billingSettings = command({
  options: { tenant: { type: 'string' }, set: { type: 'string', multiple: true } },
  required: ['tenant'],
  run: async ({ config, options, print }) => {
    const given = Object.fromEntries((options.set ?? []).map(readSetting));
    const { settings, changed } = await withDatabase(config, async ({ database }) => {
      const { id } = await asPlatform(database, (db) => getTenant(db, options.tenant!));
      return inTenant(database, id, (db) => changeSettings(db, given));
    });
    const lines = settingNames.map((name) => `${name}=${String(settings[name]).replaceAll('\n', '; ')}`);
    print({ tenant: options.tenant, changed, settings }, lines);
  },
});

async function changeSettings(db: TenantDb, given: Readonly<Record<string, string | boolean>>) {
  const before = found(await findBillingSettings(db));
  const parsed = parseValues(billingSettingsSchema, { ...settingFields(before), ...given });
  if (!parsed.ok) throw invalidOptions(parsed.errors, optionNames);
  const result = await updateBillingSettings(db, systemActor('Command line'), before, parsed.values);
  if (!result.ok) throw invalidOptions(result.errors, optionNames);
  const { version: _, ...settings } = settingFields({ ...before, ...parsed.values });
  return { settings, changed: Object.keys(result.changes) };
}

/** `invoice_day=15`; a list is separated by commas, reasons by semicolons. */
function readSetting(option: string): [name: string, value: string | boolean] {
  const [, name = '', value = ''] = /^([a-z_]+)=(.*)$/su.exec(option) ?? [];
  if (!settingNames.some((each) => each === name))
    throw new WrongUsage(`--set takes name=value with one of these names: ${settingNames.join(', ')}.`);
  if (name === 'short_pay_reasons') return [name, value.replaceAll(';', '\n')];
  return [name, switches.has(name) ? readSwitch(name, value) : value];
}

function readSwitch(name: string, value: string): boolean {
  if (!/^(yes|no|true|false)$/.test(value)) throw new WrongUsage(`${name} is yes or no.`);
  return value === 'yes' || value === 'true';
}
