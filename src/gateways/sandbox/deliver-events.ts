import http from 'node:http';
import type { Config } from '../../config.ts';
import { pick, selectRow } from '../../database/columns.ts';
import { inTenant } from '../../database/in-tenant.ts';
import type { Database } from '../../database/pools.ts';
import { claim, lockClaimed, whereClaimed, type Claimed } from '../../database/queue.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Log } from '../../log.ts';
import { signatureHeader } from '../signature.ts';
import { sandboxEventQueue } from './events.ts';
import { webhookSecrets } from './sandbox-account.ts';
import { SIGNATURE_HEADER, type SandboxEvent } from './sandbox-gateway.ts';

export interface DeliveryDeps {
  config: Config;
  database: Database;
  log: Log;
  /** Of the server that has the webhooks. By default the own one. */
  port?: number | undefined;
}

const MAX_ATTEMPTS = 20;
const MAX_WAIT_SECONDS = 60;
const TIMEOUT_MS = 10_000;

/** Sends the event of the tenant that is due first. Returns whether more may be due. */
export async function deliverNext(deps: DeliveryDeps, tenantId: string): Promise<boolean> {
  const { database, log } = deps;
  const [claimed] = await inTenant(database, tenantId, (db) => claim(db, sandboxEventQueue, 1));
  if (!claimed) return false;
  const event = await inTenant(database, tenantId, (db) => readEvent(db, claimed));
  if (!event) return true;
  const isDelivered = await post(deps, event).catch((err: unknown) => {
    log.warn({ err, tenant: tenantId }, 'An event of the sandbox could not be delivered');
    return false;
  });
  await inTenant(database, tenantId, (db) => recordDelivery(db, claimed, event, isDelivered));
  return true;
}

const columns = pick(
  'sandbox_events',
  'id',
  'gateway_id',
  'type',
  'subject_kind',
  'subject_id',
  'reference',
  'created_at',
  'deliveries',
  'attempts',
);

async function readEvent(db: TenantDb, claimed: Claimed) {
  const event = await lockClaimed(db, sandboxEventQueue, claimed, columns);
  const tenant = await selectRow(db.tenant(), pick('tenants', 'slug'));
  return event && tenant && { ...event, ...tenant };
}

type DueEvent = NonNullable<Awaited<ReturnType<typeof readEvent>>>;

async function recordDelivery(
  db: TenantDb,
  claimed: Claimed,
  event: DueEvent,
  isDelivered: boolean,
): Promise<void> {
  const deliveries = event.deliveries - Number(isDelivered);
  const attempts = event.attempts + Number(!isDelivered);
  const isDone = deliveries === 0 || attempts >= MAX_ATTEMPTS;
  const wait = isDelivered ? 0 : Math.min(2 ** attempts, MAX_WAIT_SECONDS);
  await whereClaimed(db, sandboxEventQueue, claimed).update({
    deliveries,
    attempts,
    due_at: isDone ? null : db.raw(`now() + interval '${wait} seconds'`),
  });
}

/** To the tenant's host under PORTAL_DOMAIN, but always to the own server. Returns whether it was accepted. */
function post({ config, port = config.port }: DeliveryDeps, event: DueEvent): Promise<boolean> {
  const body = JSON.stringify(bodyOf(event));
  const [secret] = webhookSecrets(config, event.gateway_id);
  const headers = {
    Host: `${event.slug}.${config.portalDomain}`,
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    [SIGNATURE_HEADER]: signatureHeader(secret!, Math.floor(Date.now() / 1000), body),
  };
  const path = `/webhooks/sandbox/${event.gateway_id}`;
  return new Promise((resolve, reject) => {
    const options = {
      host: reachable(config.host),
      port,
      path,
      headers,
      method: 'POST',
      timeout: TIMEOUT_MS,
    };
    const request = http.request(options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy(new Error('The webhook has not responded')));
    request.on('error', reject);
    request.end(body);
  });
}

function bodyOf({ id, type, created_at, reference, subject_kind, subject_id }: DueEvent): SandboxEvent {
  return {
    id,
    type,
    created: Math.floor(created_at.getTime() / 1000),
    livemode: false,
    reference,
    subject: { kind: subject_kind, id: subject_id },
  };
}

/** The address for every interface is none to connect to. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
