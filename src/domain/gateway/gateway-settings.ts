import * as z from 'zod';
import { pick, selectRow } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { changedFields } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { checkbox, optionalLine, version } from '../form/fields.ts';
import { code, refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import type { NewKeyCheck } from './check-new-key.ts';
import { readKeys, sealKeys, type GatewayKeys } from './gateway-keys.ts';
import {
  countUsableMethods,
  findActiveGateway,
  findSettingsVersion,
  type GatewayRow,
} from './gateway-queries.ts';

/** Two while one replaces the other. */
const MAX_WEBHOOK_SECRETS = 2;

export const gatewaySettingsSchema = z.object({
  service: z.enum(['none', 'sandbox', 'stripe'], code('invalid')),
  secret_key: optionalLine(255).refine(
    (key) => key === null || /^(sk|rk)_(test|live)_\w{8,}$/.test(key),
    code('invalid_secret_key'),
  ),
  webhook_secret: optionalLine(255).refine(
    (secret) => secret === null || /^whsec_[\w+/=-]{8,}$/.test(secret),
    code('invalid_webhook_secret'),
  ),
  /** Confirms that the methods of the former service cannot be used. */
  stops_methods: checkbox(),
  version: version(),
});

type GatewaySettings = z.infer<typeof gatewaySettingsSchema>;

export interface GatewayContext {
  /** They encrypt the keys of the service. */
  secretKeys: readonly string[];
  production: boolean;
  /** What the new key is of, if it replaces one. */
  new_key?: NewKeyCheck | undefined;
}

interface Saved {
  ok: true;
  service: GatewaySettings['service'];
  /** Methods that cannot be used with the new service. */
  stopped: number;
}

/**
 * A former gateway keeps its row, because its payments are still read and refunded with it. Keys of the other mode or of
 * another account are another gateway. Returns an error at `version` if the settings were changed since the user has read them.
 */
export async function saveGateway(
  db: TenantDb,
  actor: Actor,
  context: GatewayContext,
  values: GatewaySettings,
): Promise<Saved | RefusedValues> {
  await lockSettings(db);
  const before = await findActiveGateway(db);
  if (values.version !== (await findSettingsVersion(db)))
    return refuse({ field: 'version', code: 'settings_changed' });
  const keys = before ? readKeys(context.secretKeys, before) : NO_KEYS;
  const kept = before && isKept(before, values, context) ? before : undefined;
  const error = keyError(context) ?? errorOf(values, context, kept ? keys : NO_KEYS);
  if (error) return refuse(error);
  const stopped = before && !kept ? await countUsableMethods(db) : 0;
  if (stopped > 0 && !values.stops_methods)
    return refuse({ field: 'stops_methods', code: 'methods_stop', params: { count: stopped } });
  const change = { version: values.version + 1, updated_at: db.raw<Date>('now()') };
  if (before && !kept)
    await db
      .from('gateways')
      .where({ id: before.id })
      .update({ is_active: false, ...change });
  if (kept?.service === 'stripe') await updateKeys(db, context, kept, { keys, values, change });
  else if (!kept) await activate(db, context, values, change.version);
  await recordChange(db, actor, before, values);
  return { ok: true, service: values.service, stopped };
}

const NO_KEYS: GatewayKeys = { secretKey: undefined, webhookSecrets: [] };

/** A concurrent change waits. */
async function lockSettings(db: TenantDb): Promise<void> {
  await selectRow(db.from('billing_settings').forUpdate(), pick('billing_settings', 'version'));
}

function isKept(
  before: GatewayRow,
  { service, secret_key }: GatewaySettings,
  { new_key }: GatewayContext,
): boolean {
  if (new_key === 'other_account') return false;
  return service === before.service && (secret_key === null || modeOf(secret_key) === before.mode);
}

function keyError({ new_key }: GatewayContext): FieldError | undefined {
  if (new_key === 'key_refused') return { field: 'secret_key', code: 'key_refused' };
  if (new_key === 'service_unreachable') return { field: 'secret_key', code: 'service_unreachable' };
  return undefined;
}

export function modeOf(secretKey: string): GatewayRow['mode'] {
  return secretKey.includes('_live_') ? 'live' : 'test';
}

function errorOf(
  { service, secret_key, webhook_secret }: GatewaySettings,
  { production }: GatewayContext,
  stored: GatewayKeys,
): FieldError | undefined {
  if (service === 'sandbox' && production) return { field: 'service', code: 'sandbox_in_production' };
  if (service !== 'stripe') return undefined;
  if (secret_key === null && stored.secretKey === undefined) return { field: 'secret_key', code: 'required' };
  if (secret_key !== null && modeOf(secret_key) === 'live' && !production)
    return { field: 'secret_key', code: 'live_key_in_development' };
  const { webhookSecrets } = stored;
  const isNew = webhook_secret !== null && !webhookSecrets.includes(webhook_secret);
  if (isNew && webhookSecrets.length >= MAX_WEBHOOK_SECRETS)
    return { field: 'webhook_secret', code: 'too_many_secrets' };
  return undefined;
}

async function updateKeys(
  db: TenantDb,
  { secretKeys }: GatewayContext,
  { id }: GatewayRow,
  { keys, values, change }: { keys: GatewayKeys; values: GatewaySettings; change: { version: number } },
): Promise<void> {
  const { secret_key, webhook_secret } = values;
  if (secret_key === null && webhook_secret === null) return;
  const secretKey = secret_key ?? keys.secretKey!;
  const webhookSecrets = [
    ...new Set([...(webhook_secret === null ? [] : [webhook_secret]), ...keys.webhookSecrets]),
  ];
  await db
    .from('gateways')
    .where({ id })
    .update({ ...sealKeys(secretKeys, id, { secretKey, webhookSecrets }), ...change });
}

async function activate(
  db: TenantDb,
  { secretKeys }: GatewayContext,
  { service, secret_key, webhook_secret }: GatewaySettings,
  newVersion: number,
): Promise<void> {
  if (service === 'none') return;
  if (service === 'sandbox') return activateSandbox(db, newVersion);
  const id = newId();
  const webhookSecrets = webhook_secret === null ? [] : [webhook_secret];
  await db.insertInto('gateways', {
    id,
    service,
    mode: modeOf(secret_key!),
    ...sealKeys(secretKeys, id, { secretKey: secret_key!, webhookSecrets }),
    version: newVersion,
  });
}

/** The former one again, with its methods. */
async function activateSandbox(db: TenantDb, newVersion: number): Promise<void> {
  const sandboxes = db.from('gateways').where({ service: 'sandbox' }).orderBy('id', 'desc').limit(1);
  const former = await selectRow(sandboxes, pick('gateways', 'id'));
  if (former) {
    const change = { is_active: true, version: newVersion, updated_at: db.raw<Date>('now()') };
    await db.from('gateways').where({ id: former.id }).update(change);
  } else
    await db.insertInto('gateways', { id: newId(), service: 'sandbox', mode: 'test', version: newVersion });
}

/** Of the active gateway: keeps the newest secret only. */
export async function removeFormerSecret(
  db: TenantDb,
  actor: Actor,
  { secretKeys }: Pick<GatewayContext, 'secretKeys'>,
): Promise<void> {
  await lockSettings(db);
  const gateway = found(await findActiveGateway(db));
  const { secretKey, webhookSecrets } = readKeys(secretKeys, gateway);
  if (secretKey === undefined || webhookSecrets.length < MAX_WEBHOOK_SECRETS) return;
  const { id, service } = gateway;
  const sealed = sealKeys(secretKeys, id, { secretKey, webhookSecrets: webhookSecrets.slice(0, 1) });
  const version = (await findSettingsVersion(db)) + 1;
  await db
    .from('gateways')
    .where({ id })
    .update({ ...sealed, version, updated_at: db.raw('now()') });
  await recordGatewayEvent(db, actor, { service: [service, service], former_webhook_secret: ['•••', null] });
}

/** Both values of a secret are shown as one. */
const SECRET = ['•••', '•••'];

async function recordChange(
  db: TenantDb,
  actor: Actor,
  before: GatewayRow | undefined,
  { service, secret_key, webhook_secret }: GatewaySettings,
): Promise<void> {
  const after = await findActiveGateway(db);
  const named = (row: GatewayRow | undefined) => ({ service: row?.service ?? null, mode: row?.mode ?? null });
  const changes = {
    ...changedFields(named(before), named(after)),
    ...(service === 'stripe' && secret_key !== null && { secret_key: SECRET }),
    ...(service === 'stripe' && webhook_secret !== null && { webhook_secret: SECRET }),
  };
  if (Object.keys(changes).length > 0) await recordGatewayEvent(db, actor, changes);
}

async function recordGatewayEvent(
  db: TenantDb,
  actor: Actor,
  changes: Record<string, unknown>,
): Promise<void> {
  const { name } = found(await selectRow(db.tenant(), pick('tenants', 'name')));
  const target = { type: 'tenant', id: db.tenantId, name } as const;
  recordAudit(db, actor, { event: 'gateway.updated', target, changes });
}
