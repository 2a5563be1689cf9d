import { Router, type Request, type Response } from 'express';
import * as z from 'zod';
import {
  createCustomField,
  moveCustomField,
  updateCustomField,
} from '../../domain/custom-field/custom-field-actions.ts';
import { findCustomField, listCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import {
  changedCustomFieldSchema,
  MAX_CHOICES_LENGTH,
  newCustomFieldSchema,
} from '../../domain/custom-field/custom-field.ts';
import { BadRequest, found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, versionToRender, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { idParam, longForm } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';

export const customFields = Router();
customFields.param('id', idParam);

const LIST = '/settings/custom-fields';

/** One choice on each line. */
const decoders = { choices: (text: string) => text.split(/[\r\n]+/) };

const positionSchema = z.object({ direction: z.enum(['up', 'down']) });

customFields.get('/', may('custom_fields.edit'), async (req, res) => {
  const [custom_fields] = await req.readTenant((db) => [listCustomFields(db)]);
  res.page('operations/settings/custom-fields/list', { title: 'Custom fields', custom_fields });
});

customFields.get('/new', may('custom_fields.edit'), (_req, res) => {
  res.page('operations/settings/custom-fields/new', { title: 'Add custom field' });
});

customFields.post('/', may('custom_fields.edit'), longForm(MAX_CHOICES_LENGTH), async (req, res) => {
  const form = parseForm(newCustomFieldSchema, req.body, { decoders });
  const refused = await createOnce(
    req,
    res,
    'custom_field',
    async (db) => (form.ok ? createCustomField(db, req.actor, form.values) : form),
    ({ field: { title } }) => {
      flash(req, res, '{title} was added. It is asked for when a user is created.', { params: { title } });
      return LIST;
    },
  );
  if (refused)
    res.status(422).page('operations/settings/custom-fields/new', {
      title: 'Add custom field',
      form: withErrors(req.body, refused),
    });
});

customFields.get('/:id/edit', may('custom_fields.edit'), async (req, res) => {
  await showEdit(req, res, req.params.id, emptyForm);
});

customFields.post('/:id', may('custom_fields.edit'), longForm(MAX_CHOICES_LENGTH), async (req, res) => {
  const { id } = req.params;
  const result = await req.inTenant(async (db) => {
    const field = found(await findCustomField(db, id).forUpdate());
    const { version: _, ...stored } = field;
    const form = parseForm(changedCustomFieldSchema, req.body, { decoders, stored, others: ['code'] });
    return form.ok ? updateCustomField(db, req.actor, field, form.values) : form;
  });
  if (!result.ok) return showEdit(req, res.status(422), id, withErrors(req.body, result));

  flash(req, res, '{title} was changed.', { params: { title: result.field.title } });
  await seeOther(req, res, LIST);
});

customFields.post('/:id/position', may('custom_fields.edit'), async (req, res) => {
  const form = parseForm(positionSchema, req.body);
  if (!form.ok) throw new BadRequest('direction must be up or down');
  const { direction } = form.values;
  const field = await req.inTenant((db) => moveCustomField(db, req.actor, req.params.id, direction));

  const text = direction === 'up' ? '{title} was moved up.' : '{title} was moved down.';
  flash(req, res, text, { params: { title: field.title } });
  await seeOther(req, res, LIST);
});

async function showEdit(req: Request, res: Response, id: string, form: Form): Promise<void> {
  const [field] = await req.readTenant((db) => [findCustomField(db, id)]);
  const { title, code, type, choices, is_required, version } = found(field);
  res.page('operations/settings/custom-fields/edit', {
    title: 'Edit custom field',
    form,
    field_ids: { version: 'title' },
    id,
    field_title: title,
    code,
    field_type: type,
    choices: choices.join('\n'),
    is_required,
    version: versionToRender(form, version),
  });
}
