import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import type { Brand } from '../brand/brand.ts';
import { findTermsInForce } from '../terms/terms-queries.ts';
import { findTenantSettings, saveTenant, type TenantSettings } from './tenant-settings.ts';

/** The reads of `setupSteps`. */
export function findSetup(db: TenantDb) {
  return [
    findTenantSettings(db),
    selectRow(db.from('emails').whereIn('state', ['accepted', 'delivered']), pick('emails', 'id')),
    selectRow(db.from('users').where({ audience: 'customer' }), pick('users', 'id')),
    findTermsInForce(db),
  ] as const;
}

export interface SetupFacts {
  settings: Pick<TenantSettings, 'contact_email' | 'address' | 'brand'>;
  has_sent_email: boolean;
  has_customer: boolean;
  /** The number of the version in force. Every tenant starts with version 1, a general text. */
  terms_version: number;
}

/** What a new tenant has to do before customers come, and what of it is done. */
export function setupSteps({ settings, has_sent_email, has_customer, terms_version }: SetupFacts) {
  const { color, logo } = settings.brand as Brand;
  return {
    contact: settings.contact_email !== null && settings.address !== null,
    brand: Boolean(color ?? logo),
    mail: has_sent_email,
    customer: has_customer,
    terms: terms_version > 1,
  };
}

/** For everyone in the team. */
export async function hideSetup(db: TenantDb, actor: Actor): Promise<void> {
  const before = found(await findTenantSettings(db));
  const changes = before.is_setup_hidden ? {} : { is_setup_hidden: [false, true] as [boolean, boolean] };
  const values = { is_setup_hidden: true };
  const { version } = before;
  const event = 'tenant.setup_hidden';
  const result = await saveTenant(db, actor, { before, version, values, event, changes });
  // Other settings were changed since they were read above, and the user has seen none of them.
  if (!result.ok) await hideSetup(db, actor);
}
