import { Router, type Request, type Response } from 'express';
import { findBilling, getBilling, type Billing } from '../../domain/billing/billing-settings.ts';
import { later } from '../../domain/billing/civil-date.ts';
import { listCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import { readCustom } from '../../domain/custom-field/form-fields.ts';
import { heldDeposit } from '../../domain/rental/deposit.ts';
import { listCharges } from '../../domain/rental/rental-charges.ts';
import { findRental, type RentalDetail } from '../../domain/rental/rental-queries.ts';
import {
  listBilledPeriods,
  listPrices,
  listRentalHistory,
  listRentalInvoices,
} from '../../domain/rental/rental-details.ts';
import { intervalLabel } from '../../domain/rental/rental.ts';
import { completeMoveIn } from '../../domain/rental/reservation.ts';
import { listRowLabels } from '../../domain/label/label-queries.ts';
import { auditEvents, type AuditEvent } from '../../domain/audit/audit.ts';
import { isOverdue, openCents } from '../../domain/invoice/invoice.ts';
import { listRentalRequests, type CustomerRequest } from '../../domain/request/request-queries.ts';
import { requestLabels } from '../../domain/request/request.ts';
import { sizeText } from '../../domain/unit-type/unit-type.ts';
import { found } from '../../errors.ts';
import { missingTitles, shownFields } from '../../http/custom-fields.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { badgesOfRental, requestBadges } from '../badges.ts';
import { badgesOfInvoice } from '../money-badges.ts';
import { withErrors } from '../form-errors.ts';
import { shownLabels } from '../label-badges.ts';
import { ownerLink } from '../owner-link.ts';

export type RentalRequest = Request<{ id: string }>;

export const rental = Router().param('id', idParam);

rental.get('/:id', may('rentals.view'), (req: RentalRequest, res) => showRental(req, res, emptyForm));

rental.post('/:id/move-in', may('rentals.edit'), async (req: RentalRequest, res) => {
  const { id } = req.params;
  const result = await req.inTenant(async (db) => completeMoveIn(db, req.actor, await getBilling(db), id));
  if (!result.ok) return showRental(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'The customer has moved into {unit}.', { params: { unit: result.rental.unit_code } });
  await seeOther(req, res, `/rentals/${id}`);
});

async function showRental(req: RentalRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row, fields, labels, billing, periods, invoices, prices, charges, requests, history] =
    await req.readTenant((db) => [
      findRental(db, id),
      listCustomFields(db, 'rental'),
      listRowLabels(db, 'rental', id),
      findBilling(db),
      listBilledPeriods(db, id),
      listRentalInvoices(db, id),
      listPrices(db, id),
      listCharges(db, id),
      listRentalRequests(db, id),
      listRentalHistory(db, id),
    ]);
  const rental = found(row);
  res.page('operations/rentals/show', {
    title: '{unit}, {customer}',
    title_params: { unit: rental.unit_code, customer: rental.customer },
    form,
    field_ids: { start: 'actions' },
    rental,
    custom_rows: shownFields(req as Request, fields, rental),
    missing_fields: missingTitles(fields, readCustom(rental)),
    has_fields: fields.length > 0,
    owner: ownerLink(rental),
    badges: badgesOfRental(rental),
    labels: shownLabels(labels),
    interval: intervalLabel(rental),
    size: sizeText(rental),
    held_cents: heldOf(rental) - unpaidDeposit(rental, invoices),
    is_agreement_missing: billing.is_agreement_required && rental.signed_at === null,
    may_start: rental.status === 'reserved' && rental.starts_on <= billing.today,
    has_left: rental.ends_on !== null && rental.ends_on <= billing.today,
    periods,
    billed_until: periods
      .map(({ ends_on }) => ends_on)
      .reduce((one, other) => later(one, other), rental.billed_until ?? ''),
    invoices: invoices.map((invoice) => invoiceRow(invoice, billing)),
    prices,
    charges,
    requests: requests.map(requestRow),
    history: history.map((event) => ({ ...event, label: auditEvents[event.event as AuditEvent] })),
  });
}

type Invoice = Awaited<ReturnType<typeof listRentalInvoices>>[number];

function invoiceRow(invoice: Invoice, billing: Billing) {
  const is_overdue = isOverdue(invoice, billing);
  return { ...invoice, badges: badgesOfInvoice({ ...invoice, is_overdue }), open_cents: openCents(invoice) };
}

function requestRow(request: CustomerRequest) {
  const { kind, status } = request;
  return { ...request, label: requestLabels[kind], status_badge: requestBadges[status] };
}

/** An invoice that is paid in part pays its other lines first. */
function unpaidDeposit(rental: RentalDetail, invoices: readonly Invoice[]): bigint {
  const unpaid = invoices
    .filter(({ deposit_cents }) => deposit_cents > 0n)
    .reduce((sum, invoice) => sum + smaller(invoice.deposit_cents, openCents(invoice)), 0n);
  return smaller(unpaid, heldOf(rental));
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

export function heldOf(rental: RentalDetail): bigint {
  return heldDeposit(rental, { deposit_cents: rental.account_deposit_cents });
}
