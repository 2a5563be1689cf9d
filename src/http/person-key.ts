import type { Portal } from './find-portal.ts';

declare const brand: unique symbol;

/** Identifies a person at one portal of one tenant. Only personKey() makes it. */
export type PersonKey = string & { readonly [brand]: 'person key' };

/**
 * `identifier` is the normalised email address or the id of the person. The same address belongs to another person in
 * another tenant or portal. The platform console is a portal without a tenant.
 */
export function personKey(portal: Portal, identifier: string): PersonKey {
  const tenantId = portal.kind === 'platform' ? null : portal.tenant.id;
  return JSON.stringify([tenantId, portal.kind, identifier]) as PersonKey;
}
