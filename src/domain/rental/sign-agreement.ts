import { createHash } from 'node:crypto';
import { pick, selectRow, type RowOf } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import { formatters } from '../../locales/locales.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { refuse } from '../form/parse-values.ts';
import type { RentalResult } from './notice.ts';
import { findRental, lockRental, type RentalDetail } from './rental-queries.ts';
import { startRentals } from './reservation.ts';
import { intervalLabel } from './rental.ts';

/** What an agreement may contain, as `{{customer}}`. */
export const agreementPlaceholders = [
  'business',
  'customer',
  'unit',
  'site',
  'type',
  'start_date',
  'interval',
  'price',
  'deposit',
  'today',
] as const;

type Placeholder = (typeof agreementPlaceholders)[number];

const versionColumns = pick('agreement_versions as v', 'id', 'locale', 'number', 'body');

export type AgreementVersion = RowOf<typeof versionColumns>;

/** The latest version in the first of the languages that has one, or in any language. */
export function findAgreementVersion(db: TenantDb, locales: readonly string[]) {
  const versions = db
    .from('agreement_versions as v')
    .orderByRaw('array_position(?::text[], v.locale) nulls last, v.number desc, v.id desc', [[...locales]]);
  return selectRow(versions, versionColumns);
}

/** The text with the values of the rental, as it is signed. A placeholder that is not known stays as it is. */
export function fillAgreement(
  { body, locale }: AgreementVersion,
  rental: RentalDetail,
  billing: Billing,
): string {
  const { formatDay, formatMoney } = formatters(locale, billing.time_zone);
  const values: Record<Placeholder, string> = {
    business: billing.seller.name,
    customer: rental.customer,
    unit: rental.unit_code,
    site: rental.site_name,
    type: rental.type_name,
    start_date: formatDay(rental.starts_on),
    interval: intervalLabel(rental),
    price: formatMoney(rental.price_cents, rental.currency),
    deposit: formatMoney(rental.deposit_cents, rental.currency),
    today: formatDay(billing.today),
  };
  return body.replace(/\{\{\s*(\w+)\s*\}\}/g, (text, name: string) => values[name as Placeholder] ?? text);
}

const agreementColumns = pick(
  'agreements as a',
  'id',
  'body',
  'signed_name',
  'signed_at',
  'ip',
  'agreement_version_id',
);

export function findAgreement(db: TenantDb, rentalId: string) {
  return selectRow(db.from('agreements as a').where('a.rental_id', rentalId), agreementColumns);
}

export interface SignatureValues {
  id: string;
  signed_name: string;
  /** The version that the page showed. */
  agreement_version_id: string;
  locales: readonly string[];
}

/** By the customer, or by staff for a customer at the counter. Starts a reservation whose day has come. */
export async function signAgreement(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, signed_name, agreement_version_id, locales }: SignatureValues,
): Promise<RentalResult> {
  const { rental, unit } = await lockRental(db, id);
  const field = 'signed_name';
  if (rental.status !== 'reserved' && rental.status !== 'active')
    return refuse({ field, code: 'rental_not_active' });
  if (await findAgreement(db, id)) return refuse({ field, code: 'agreement_signed' });
  const version = found(await findAgreementVersion(db, locales));
  if (version.id !== agreement_version_id) return refuse({ field, code: 'agreement_changed' });
  const body = fillAgreement(version, found(await findRental(db, id)), billing);
  db.defer(
    db.insertInto('agreements', {
      id: newId(),
      rental_id: id,
      agreement_version_id,
      body,
      body_sha256: createHash('sha256').update(body).digest(),
      signed_name,
      signed_by: actor.id!,
      signed_at: billing.now,
      ip: actor.ip,
      user_agent: actor.user_agent,
    }),
  );
  recordAudit(db, actor, {
    event: 'agreement.signed',
    target: { type: 'rental', id, name: unit.code },
    changes: { signed_name: [null, signed_name], version: [null, version.number] },
  });
  const isDue = rental.status === 'reserved' && rental.starts_on <= billing.today;
  if (isDue && billing.is_agreement_required) startRentals(db, actor, [{ ...rental, unit_code: unit.code }]);
  return { ok: true, rental: { id, unit_code: unit.code } };
}
