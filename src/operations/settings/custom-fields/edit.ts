import { Router, type Request, type Response } from 'express';
import { checkByTask } from '../../../domain/custom-field/check-by-task.ts';
import { updateCustomField } from '../../../domain/custom-field/custom-field-actions.ts';
import { findCustomField } from '../../../domain/custom-field/custom-field-queries.ts';
import { changedCustomFieldSchema, MAX_CHOICES_LENGTH } from '../../../domain/custom-field/field-settings.ts';
import { fieldTypes } from '../../../domain/custom-field/field-types.ts';
import { checkConversion } from '../../../domain/custom-field/rewrite-values.ts';
import { found } from '../../../errors.ts';
import { flash } from '../../../http/flash.ts';
import { emptyForm, parseForm, versionToRender, type Form } from '../../../http/form.ts';
import { may } from '../../../http/guards.ts';
import { idParam, longForm } from '../../../http/input.ts';
import { seeOther } from '../../../http/see-other.ts';
import { withErrors } from '../../form-errors.ts';
import { choiceDecoder, fieldOptions, listPath } from './field-view.ts';

type FieldRequest = Request<{ id: string }>;

export const customField = Router().param('id', idParam);

customField.get('/:id/edit', may('custom_fields.edit'), (req: FieldRequest, res) =>
  showEdit(req, res, emptyForm),
);

customField.post(
  '/:id',
  may('custom_fields.edit'),
  longForm(MAX_CHOICES_LENGTH),
  async (req: FieldRequest, res) => {
    const result = await req.inTenant(async (db) => {
      const field = found(await findCustomField(db, req.params.id).forUpdate());
      const { version: _, ...stored } = field;
      const form = parseForm(changedCustomFieldSchema, req.body, {
        decoders: choiceDecoder,
        stored,
        others: ['code'],
      });
      return form.ok ? updateCustomField(db, req.actor, field, form.values) : form;
    });
    if (!result.ok) return showEdit(req, res.status(422), withErrors(req.body, result));

    const { title, entity } = result.field;
    flash(req, res, '{title} was changed.', { params: { title } });
    await seeOther(req, res, listPath(entity));
  },
);

async function showEdit(req: FieldRequest, res: Response, form: Form): Promise<void> {
  const [row] = await req.readTenant((db) => [findCustomField(db, req.params.id)]);
  const field = found(row);
  const { title, choices, type, version, ...shown } = field;
  res.page('operations/settings/custom-fields/edit', {
    title: 'Edit custom field',
    form,
    field_ids: { version: 'title' },
    ...shown,
    list_href: listPath(field.entity),
    field_title: title,
    field_type: type,
    choices: choices.join('\n'),
    has_choices: choices.length > 0,
    is_retired: field.retired_at !== null,
    version: versionToRender(form, version),
    conversion: form.errors['type'] ? await conversionOf(req, form) : null,
    ...fieldOptions,
  });
}

/** What the submitted type would do. */
async function conversionOf(req: FieldRequest, form: Form) {
  const parsed = parseForm(changedCustomFieldSchema, form.values, {
    decoders: choiceDecoder,
    others: ['code'],
  });
  if (!parsed.ok) return null;
  const { type, choices } = parsed.values;
  const found = await req.inTenant(async (db) => {
    const field = await findCustomField(db, req.params.id);
    if (!field || type === 'file' || field.type === 'file') return undefined;
    const conversion = await checkConversion(db, field, { type, choices });
    const task = conversion.is_cut ? await checkByTask(db, req.user!.id, field, { type, choices }) : null;
    return { ...conversion, task };
  });
  return found ? { ...found, type_label: fieldTypes[type].label } : null;
}
