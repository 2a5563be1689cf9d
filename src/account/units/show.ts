import { Router, type Request, type Response } from 'express';
import { findBilling, type Billing } from '../../domain/billing/billing-settings.ts';
import { listOwnInvoicesOfRental } from '../../domain/invoice/own-invoices.ts';
import {
  findOwnRental,
  opensUnit,
  waitsForSignature,
  type OwnRental,
} from '../../domain/rental/own-rentals.ts';
import { intervalLabel } from '../../domain/rental/rental.ts';
import { listRentalRequests, type CustomerRequest } from '../../domain/request/request-queries.ts';
import { statusRules } from '../../domain/company/company-status.ts';
import { requestLabels } from '../../domain/request/request.ts';
import { unseal } from '../../domain/token/seal.ts';
import { sizeText } from '../../domain/unit-type/unit-type.ts';
import { listCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import { found } from '../../errors.ts';
import { contextPath, ownerOf } from '../../http/customer-context.ts';
import { fieldsForCustomer } from '../../http/custom-fields.ts';
import { consumeFlashData } from '../../http/flash.ts';
import { emptyForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { rentalBadge, requestBadges } from '../badges.ts';
import { listedInvoice } from '../billing/invoice-rows.ts';

export type RentalRequest = Request<{ id: string }>;

export const unit = Router({ mergeParams: true }).param('id', idParam);

unit.get('/:id', may('units.view'), (req: RentalRequest, res) => showUnit(req, res, emptyForm));

export async function showUnit(req: RentalRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const owner = ownerOf(req);
  const [row, fields, billing, requests, invoices = []] = await req.readTenant((db) => [
    findOwnRental(db, owner, id),
    listCustomFields(db, 'rental'),
    findBilling(db),
    listRentalRequests(db, id),
    ...(req.actor.permissions.has('billing.view') ? [listOwnInvoicesOfRental(db, owner, id)] : []),
  ]);
  const rental = found(row);
  const base = contextPath(req);
  res.page('account/units/show', {
    title: 'Unit {unit}',
    title_params: { unit: rental.unit_code },
    form,
    base,
    path: `${base}/units/${id}`,
    rental,
    custom_rows: fieldsForCustomer(req as Request, fields, rental, {
      content: (fieldId) => `${base}/units/${id}/files/${fieldId}`,
    }),
    ...detailsOf(rental, billing),
    may_transfer: req.company === null || statusRules[req.company.status].may_rent,
    access_code: shownAccessCode(req, rental, billing),
    requests: requests.slice(0, 5).map(toView),
    invoices: invoices.map((invoice) => listedInvoice(invoice, billing)),
  });
}

function detailsOf(rental: OwnRental, { today }: Billing) {
  const { status, ends_on } = rental;
  return {
    status_badge: rentalBadge(rental),
    size: sizeText(rental),
    interval: intervalLabel(rental),
    opens_unit: opensUnit(rental, today),
    may_leave: status === 'active' && ends_on === null,
    may_sign: waitsForSignature(rental),
  };
}

/** Null unless the page before has asked for it. */
function shownAccessCode(req: RentalRequest, rental: OwnRental, { today }: Billing): string | null {
  const sealed = consumeFlashData(req as Request, `${contextPath(req)}/units/${rental.id}`);
  if (sealed === undefined || !opensUnit(rental, today)) return null;
  return unseal(req.secretKeys, rental.unit_id, Buffer.from(sealed, 'base64url')) ?? null;
}

function toView(request: CustomerRequest) {
  const { id, kind, status, wanted_on, to_type_name, to_unit_code, shown_cents, reason, created_at } =
    request;
  return {
    id,
    kind,
    status,
    wanted_on,
    shown_cents,
    reason,
    created_at,
    label: requestLabels[kind],
    to: to_unit_code ?? to_type_name,
    badge: requestBadges[status],
  };
}
