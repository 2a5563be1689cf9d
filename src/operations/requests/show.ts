import { Router, type Request, type Response } from 'express';
import { getBilling } from '../../domain/billing/billing-settings.ts';
import { approvalSchema, reasonSchema } from '../../domain/rental/rental-form.ts';
import { listRentableUnits } from '../../domain/rental/rental-details.ts';
import { approveRequest, declineRequest } from '../../domain/request/decide-request.ts';
import { findRequest } from '../../domain/request/request-queries.ts';
import { requestLabels } from '../../domain/request/request.ts';
import { displayName } from '../../domain/user/user.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { requestBadges } from '../badges.ts';
import { withErrors } from '../form-errors.ts';

type IdRequest = Request<{ id: string }>;

export const request = Router().param('id', idParam);

request.get('/:id', may('requests.decide'), (req: IdRequest, res) => showRequest(req, res, emptyForm));

request.post('/:id/approval', may('requests.decide'), async (req: IdRequest, res) => {
  const { id } = req.params;
  const form = parseForm(approvalSchema(req.tenant.currency), req.body);
  const result = form.ok
    ? await req.inTenant(async (db) => approveRequest(db, req.actor, await getBilling(db), id, form.values))
    : form;
  if (!result.ok) return showRequest(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'The request is approved.');
  await seeOther(req, res, `/requests/${id}`);
});

request.post('/:id/refusal', may('requests.decide'), async (req: IdRequest, res) => {
  const { id } = req.params;
  const form = parseForm(reasonSchema, req.body);
  const result = form.ok
    ? await req.inTenant(async (db) =>
        declineRequest(db, req.actor, await getBilling(db), id, form.values.reason),
      )
    : form;
  if (!result.ok) return showRequest(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'The request is declined.');
  await seeOther(req, res, `/requests/${id}`);
});

async function showRequest(req: IdRequest, res: Response, form: Form): Promise<void> {
  const [row, units] = await req.readTenant((db) => [findRequest(db, req.params.id), listRentableUnits(db)]);
  const shown = found(row);
  const ofType = units.filter(({ unit_type_id }) => unit_type_id === shown.to_unit_type_id);
  res.page('operations/requests/show', {
    title: requestLabels[shown.kind],
    form,
    // Errors of what approving does are shown at its button.
    field_ids: { decision: 'approval', ends_on: 'approval', starts_on: 'approval' },
    request: shown,
    label: requestLabels[shown.kind],
    status_badge: requestBadges[shown.status],
    sender: displayName({ name: shown.user_name, email: shown.user_email }),
    units: shown.to_unit_type_id === null ? units : ofType,
    currency: req.tenant.currency,
  });
}
