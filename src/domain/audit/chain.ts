import { NIL_ID } from '../../database/new-id.ts';
import type { Actor } from '../actor.ts';
import { isObject } from './canonical-json.ts';
import { ERASABLE_COLUMNS, type PersonalData } from './personal-data.ts';

export interface ChainEvent {
  /** Text, because a Date has no microseconds. */
  at: string;
  id: string;
}

/** The events that one hash chain covers: those of a tenant, or those of the platform console. */
export interface Chain {
  /** The `tenant_id` of its seals and of its head. */
  id: string;
  table: 'audit_events' | 'platform_events';
  columns: string;
  /** A condition for `e` with the binding `chain_id`. */
  where: string;
}

export interface TenantEvent extends ChainEvent, PersonalData {
  actor_kind: Actor['kind'];
  actor_id: string | null;
  target_type: string | null;
  target_id: string | null;
}

/** With microseconds, which a Date does not have. */
export const asText = (column: string) =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ${column}`;

export function tenantChain(tenantId: string): Chain {
  return {
    id: tenantId,
    table: 'audit_events',
    columns: `tenant_id, ${asText('at')}, id, event, actor_kind, actor_id, actor_name,
      target_type, target_id, target_name, outcome, changes, ip, user_agent, request_id,
      actor_salt, actor_digest, target_salt, target_digest`,
    where: 'e.tenant_id = :chain_id',
  };
}

export const platformChain: Chain = {
  id: NIL_ID,
  table: 'platform_events',
  columns: `${asText('at')}, id, event, operator_id, operator_name, tenant_id, outcome, changes, ip, user_agent,
    request_id`,
  where: ':chain_id::uuid is not null',
};

export function isTenantEvent(event: ChainEvent): event is TenantEvent {
  return 'actor_digest' in event;
}

/** What the hash covers. Digests stand for the personal data, so that it can be erased from a sealed event. */
export function sealedFields(event: ChainEvent): object {
  if (!isTenantEvent(event)) return event;
  const fields = Object.entries(event).filter(([column]) => !ERASABLE_COLUMNS.has(column));
  return {
    ...Object.fromEntries(fields),
    actor_digest: event.actor_digest.toString('hex'),
    target_digest: event.target_digest.toString('hex'),
    changed_fields: isObject(event.changes) ? Object.keys(event.changes).sort() : null,
  };
}
