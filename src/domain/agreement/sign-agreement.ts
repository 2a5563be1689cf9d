import { createHash } from 'node:crypto';
import { pick, selectRow } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import { formatters } from '../../locales/locales.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { refuse } from '../form/parse-values.ts';
import type { RentalResult } from '../rental/notice.ts';
import { findRental, type RentalDetail } from '../rental/rental-queries.ts';
import { lockRental } from '../rental/lock-rental.ts';
import { emailStarted, startRentals } from '../rental/reservation.ts';
import { findAgreementFor } from './agreement-queries.ts';
import { fillAgreement, type AgreementLanguage } from './agreement.ts';

const agreementColumns = pick('agreements as a', 'id', 'body', 'signed_name', 'signed_at', 'ip');

/** What was signed for a rental. */
export function findSignedAgreement(db: TenantDb, rentalId: string) {
  return selectRow(db.from('agreements as a').where('a.rental_id', rentalId), agreementColumns);
}

/** The text of a version with the values of the rental, as it is signed. */
export function agreementText(
  { body, locale }: { body: string; locale: string },
  rental: RentalDetail,
  billing: Billing,
): string {
  const { formatDay, formatMoney } = formatters(locale, billing.time_zone);
  return fillAgreement(body, {
    customer: rental.customer,
    unit: rental.unit_code,
    site: rental.site_name,
    price: formatMoney(rental.current_price_cents, rental.currency),
    deposit: formatMoney(rental.deposit_cents, rental.currency),
    start: formatDay(rental.starts_on),
    tenant: billing.seller.name,
  });
}

export interface SignatureValues {
  /** Of the rental. */
  id: string;
  signed_name: string;
  /** The version that the page showed. */
  agreement_version_id: string;
  language: AgreementLanguage;
}

/** By the customer, or by staff for a customer at the counter. Starts a reservation whose day has come. @throws {NotFound} */
export async function signAgreement(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, signed_name, agreement_version_id, language }: SignatureValues,
): Promise<RentalResult> {
  const { rental, unit } = await lockRental(db, id);
  const field = 'signed_name';
  if (rental.status !== 'reserved' && rental.status !== 'active')
    return refuse({ field, code: 'rental_not_active' });
  if (await findSignedAgreement(db, id)) return refuse({ field, code: 'agreement_signed' });
  const version = found(await findAgreementFor(db, language));
  if (version.id !== agreement_version_id) return refuse({ field, code: 'agreement_changed' });
  const body = agreementText(version, found(await findRental(db, id)), billing);
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
  if (isDue && billing.is_agreement_required) {
    const started = [{ ...rental, unit_code: unit.code }];
    startRentals(db, actor, started);
    await emailStarted(db, billing, started);
  }
  return { ok: true, rental: { id, unit_code: unit.code } };
}
