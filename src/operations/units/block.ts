import { Router, type Request, type Response } from 'express';
import { blockUnit, unblockUnit } from '../../domain/unit/block-unit.ts';
import { findUnit } from '../../domain/unit/unit-queries.ts';
import { listUnitRentals } from '../../domain/unit/unit-rentals.ts';
import { blockSchema } from '../../domain/unit/unit.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';

type UnitRequest = Request<{ id: string }>;

export const unitBlock = Router().param('id', idParam);

unitBlock.get('/:id/block', may('sites.edit'), (req: UnitRequest, res) => showBlock(req, res, emptyForm));

unitBlock.post('/:id/block', may('sites.edit'), async (req: UnitRequest, res) => {
  const { id } = req.params;
  const form = parseForm(blockSchema, req.body);
  const result = form.ok ? await req.inTenant((db) => blockUnit(db, req.actor, id, form.values)) : form;
  if (!result.ok) return showBlock(req, res.status(422), withErrors(req.body, result));
  flash(req, res, '{code} is blocked.', { params: { code: result.unit.code } });
  await seeOther(req, res, `/units/${id}`);
});

unitBlock.post('/:id/block/removal', may('sites.edit'), async (req: UnitRequest, res) => {
  const { id } = req.params;
  const { code } = await req.inTenant((db) => unblockUnit(db, req.actor, id));
  flash(req, res, '{code} is no longer blocked.', { params: { code } });
  await seeOther(req, res, `/units/${id}`);
});

async function showBlock(req: UnitRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row, rentals] = await req.readTenant((db) => [findUnit(db, id), listUnitRentals(db, id)]);
  const unit = found(row);
  res.page('operations/units/block', {
    title: 'Block {code}?',
    title_params: { code: unit.code },
    unit,
    form,
    reservations: rentals.filter(({ status }) => status === 'reserved'),
  });
}
