import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { changedFields, type Changes } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { refuse } from '../form/parse-values.ts';
import { settingFields, settingNames, type BillingSettingsValues } from './billing-settings-form.ts';
import type { BillingSettings } from './billing-settings.ts';

/**
 * Rentals keep the cycle and the day with which they began. Returns an error at `version` if the settings were changed
 * since the user has read them.
 */
export async function updateBillingSettings(
  db: TenantDb,
  actor: Actor,
  before: BillingSettings,
  { version, ...values }: BillingSettingsValues,
) {
  const changes = changedSettings(before, values);
  const names = Object.keys(changes);
  if (version === before.version && names.length === 0) return { ok: true as const, changes };
  const updated = await db
    .from('billing_settings')
    .where({ version })
    .update({ ...values, version: version + 1, updated_at: db.raw('now()') });
  if (updated === 0) return refuse({ field: 'version', code: 'settings_changed' });
  await recordBillingChange(db, actor, changes);
  return { ok: true as const, changes };
}

/** An event of a change on the page of the billing settings. */
export async function recordBillingChange(
  db: TenantDb,
  actor: Actor,
  changes: Record<string, unknown>,
): Promise<void> {
  const { name } = found(await selectRow(db.tenant(), pick('tenants', 'name')));
  recordAudit(db, actor, {
    event: 'billing_settings.updated',
    target: { type: 'tenant', id: db.tenantId, name },
    changes,
  });
}

function changedSettings(before: BillingSettings, values: Omit<BillingSettingsValues, 'version'>): Changes {
  const [old, after] = [settingFields(before), settingFields({ ...before, ...values })];
  const { version: _, ...fields } = after;
  const changes = changedFields(old, fields);
  return Object.fromEntries(settingNames.flatMap((name) => (changes[name] ? [[name, changes[name]]] : [])));
}
