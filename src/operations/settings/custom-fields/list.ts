import { Router, type Request, type Response } from 'express';
import * as z from 'zod';
import { createCustomField, moveCustomField } from '../../../domain/custom-field/custom-field-actions.ts';
import { listAllCustomFields } from '../../../domain/custom-field/custom-field-queries.ts';
import {
  fieldEntities,
  fieldEntityNames,
  type FieldEntity,
} from '../../../domain/custom-field/custom-field.ts';
import { MAX_CHOICES_LENGTH, newCustomFieldSchema } from '../../../domain/custom-field/field-settings.ts';
import { BadRequest } from '../../../errors.ts';
import { flash } from '../../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../../http/form.ts';
import { createOnce } from '../../../http/form-key.ts';
import { may } from '../../../http/guards.ts';
import { idParam, longForm } from '../../../http/input.ts';
import { seeOther } from '../../../http/see-other.ts';
import { withErrors } from '../../form-errors.ts';
import { choiceDecoder, fieldOptions, listPath, shownField } from './field-view.ts';

export const customFields = Router();
customFields.param('id', idParam);

const positionSchema = z.object({ direction: z.enum(['up', 'down']) });

customFields.get('/', may('custom_fields.edit'), async (req, res) => {
  const entity = entityOf(req);
  const [all] = await req.readTenant((db) => [listAllCustomFields(db, entity)]);
  const fields = all.map(shownField);
  res.page('operations/settings/custom-fields/list', {
    title: 'Custom fields',
    entity,
    entity_label: fieldEntities[entity].label,
    entities: fieldEntityNames.map((name) => ({
      name,
      href: listPath(name),
      label: fieldEntities[name].label,
    })),
    custom_fields: fields.filter(({ is_retired }) => !is_retired),
    retired_fields: fields.filter(({ is_retired }) => is_retired),
  });
});

customFields.get('/new', may('custom_fields.edit'), (req, res) => showNew(req, res, emptyForm));

customFields.post('/', may('custom_fields.edit'), longForm(MAX_CHOICES_LENGTH), async (req, res) => {
  const form = parseForm(newCustomFieldSchema, req.body, { decoders: choiceDecoder });
  const refused = await createOnce(
    req,
    res,
    'custom_field',
    async (db) => (form.ok ? createCustomField(db, req.actor, form.values) : form),
    ({ field: { title, entity } }) => {
      flash(req, res, '{title} was added.', { params: { title } });
      return listPath(entity);
    },
  );
  if (refused) showNew(req, res.status(422), withErrors(req.body, refused));
});

customFields.post('/:id/position', may('custom_fields.edit'), async (req, res) => {
  const form = parseForm(positionSchema, req.body);
  if (!form.ok) throw new BadRequest('direction must be up or down');
  const { direction } = form.values;
  const field = await req.inTenant((db) => moveCustomField(db, req.actor, req.params.id, direction));

  const text = direction === 'up' ? '{title} was moved up.' : '{title} was moved down.';
  flash(req, res, text, { params: { title: field.title } });
  await seeOther(req, res, listPath(field.entity));
});

function showNew(req: Request, res: Response, form: Form): void {
  res.page('operations/settings/custom-fields/new', {
    title: 'Add custom field',
    form,
    entity: entityOf(req),
    entities: fieldEntityNames.map((value) => ({ value, label: fieldEntities[value].label })),
    ...fieldOptions,
  });
}

function entityOf(req: Request): FieldEntity {
  const { entity } = req.query;
  return fieldEntityNames.find((name) => name === entity) ?? 'user';
}
