import { Router, type Request } from 'express';
import { restoreCustomField, retireCustomField } from '../../../domain/custom-field/custom-field-actions.ts';
import { findCustomField } from '../../../domain/custom-field/custom-field-queries.ts';
import { MAX_FIELDS } from '../../../domain/custom-field/custom-field.ts';
import { found } from '../../../errors.ts';
import { flash } from '../../../http/flash.ts';
import { may } from '../../../http/guards.ts';
import { idParam } from '../../../http/input.ts';
import { seeOther } from '../../../http/see-other.ts';
import { listPath } from './field-view.ts';

type FieldRequest = Request<{ id: string }>;

export const customFieldRetirement = Router().param('id', idParam);

customFieldRetirement.get('/:id/retirement', may('custom_fields.edit'), async (req: FieldRequest, res) => {
  const [row] = await req.readTenant((db) => [findCustomField(db, req.params.id)]);
  const { id, title, entity, retired_at } = found(row);
  if (retired_at !== null) return res.redirect(303, listPath(entity));
  res.page('operations/settings/custom-fields/retirement', {
    title: 'Retire custom field',
    id,
    field_title: title,
    list_href: listPath(entity),
  });
});

customFieldRetirement.post('/:id/retirement', may('custom_fields.edit'), async (req: FieldRequest, res) => {
  const { title, entity } = await req.inTenant((db) => retireCustomField(db, req.actor, req.params.id));
  flash(req, res, '{title} was retired. Its values are kept.', { params: { title } });
  await seeOther(req, res, listPath(entity));
});

customFieldRetirement.post('/:id/restoration', may('custom_fields.edit'), async (req: FieldRequest, res) => {
  const result = await req.inTenant((db) => restoreCustomField(db, req.actor, req.params.id));
  const { title, entity } = result.field;
  if (result.ok) flash(req, res, '{title} was restored.', { params: { title } });
  else
    flash(req, res, 'You can have {max} fields at most. Retire another one first.', {
      kind: 'bad',
      params: { max: MAX_FIELDS },
    });
  await seeOther(req, res, listPath(entity));
});
