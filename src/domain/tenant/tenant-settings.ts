import * as z from 'zod';
import { pick, selectRow } from '../../database/columns.ts';
import { tables, type TableName } from '../../database/tables.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import { currencyCodes } from '../../locales/currencies.ts';
import { localeCodes } from '../../locales/locales.ts';
import type { Actor } from '../actor.ts';
import { changedFields, type AuditEvent, type Changes } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import {
  email,
  line,
  optionalEmail,
  optionalLine,
  optionalLines,
  phone,
  timeZone,
  version,
} from '../form/fields.ts';
import { code, refuse, type RefusedValues } from '../form/parse-values.ts';

const PASSWORD_LENGTHS = { min: 8, max: 64 };

export const businessSchema = z.object({
  name: line(100),
  contact_email: email(),
  contact_phone: phone(),
  reply_to: optionalEmail(),
  address: optionalLines(500),
  tax_number: optionalLine(40),
  locale: z.enum(localeCodes, code('invalid')),
  time_zone: timeZone(),
  currency: z.enum(currencyCodes, code('invalid')),
  vocabulary: z.enum(tables.tenants.vocabulary, code('invalid')),
  password_min_length: z
    .int(code('invalid'))
    .min(PASSWORD_LENGTHS.min, code('invalid'))
    .max(PASSWORD_LENGTHS.max, code('invalid')),
});

export const businessFormSchema = businessSchema.extend({ version: version() });

type BusinessFormValues = z.infer<typeof businessFormSchema>;

export type BusinessValues = z.infer<typeof businessSchema>;

const settingsColumns = pick(
  'tenants',
  'id',
  'name',
  'contact_email',
  'contact_phone',
  'reply_to',
  'address',
  'tax_number',
  'locale',
  'time_zone',
  'currency',
  'vocabulary',
  'password_min_length',
  'is_setup_hidden',
  'brand',
  'version',
);

/** Not cached, unlike `req.tenant`. */
export function findTenantSettings(db: TenantDb) {
  return selectRow(db.tenant(), settingsColumns);
}

export type TenantSettings = NonNullable<Awaited<ReturnType<typeof findTenantSettings>>>;

export type SettingsResult = { ok: true; changes: Changes } | RefusedValues;

/** Changes only the given fields. `version` is the one that the user has seen. */
export async function updateBusiness(
  db: TenantDb,
  actor: Actor,
  { version, ...values }: Partial<BusinessValues> & Pick<BusinessFormValues, 'version'>,
): Promise<SettingsResult> {
  const before = found(await findTenantSettings(db));
  const changes = changedFields(before, values);
  if ('currency' in changes && (await hasAmounts(db)))
    return refuse({ field: 'currency', code: 'currency_locked' });
  return saveTenant(db, actor, { before, version, values, event: 'tenant.business_changed', changes });
}

interface SettingsChange {
  before: TenantSettings;
  /** The one that the user has seen. */
  version: number;
  values: Partial<Omit<TenantSettings, 'id' | 'version'>>;
  event: AuditEvent;
  changes: Changes;
}

/** Refuses if the settings were changed since the user has read them. */
export async function saveTenant(
  db: TenantDb,
  actor: Actor,
  { before, version, values, event, changes }: SettingsChange,
): Promise<SettingsResult> {
  const stale = refuse({ field: 'version', code: 'settings_changed' });
  if (before.version !== version) return stale;
  if (Object.keys(changes).length === 0) return { ok: true, changes };
  const { rows } = await db.raw<{ rows: { version: number | null }[] }>(
    'select update_tenant(?::jsonb, ?::int) as version',
    [JSON.stringify(values), version],
  );
  // A parallel request was faster.
  if (rows[0]?.version === null) return stale;
  const name = values.name ?? before.name;
  recordAudit(db, actor, { event, target: { type: 'tenant', id: before.id, name }, changes });
  return { ok: true, changes };
}

/** The tables with amounts of money: while they have rows, the currency cannot be changed. */
export function tablesWithAmounts(all: Readonly<Record<string, object>> = tables): TableName[] {
  const names = Object.entries(all)
    .filter(([, columns]) => Object.keys(columns).some((column) => column.endsWith('_cents')))
    .map(([name]) => name);
  return names as TableName[];
}

async function hasAmounts(db: TenantDb): Promise<boolean> {
  for (const table of tablesWithAmounts()) {
    const row = await db.from(table).first(db.raw('1'));
    if (row) return true;
  }
  return false;
}
