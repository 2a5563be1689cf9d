import { Router, type Request, type Response } from 'express';
import * as z from 'zod';
import { renameChoice } from '../../../domain/custom-field/custom-field-actions.ts';
import { findCustomField } from '../../../domain/custom-field/custom-field-queries.ts';
import { MAX_CHOICE_LENGTH } from '../../../domain/custom-field/field-settings.ts';
import { line } from '../../../domain/form/fields.ts';
import { found } from '../../../errors.ts';
import { flash } from '../../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../../http/form.ts';
import { may } from '../../../http/guards.ts';
import { idParam } from '../../../http/input.ts';
import { seeOther } from '../../../http/see-other.ts';
import { withErrors } from '../../form-errors.ts';

type FieldRequest = Request<{ id: string }>;

const renameSchema = z.object({ choice: line(MAX_CHOICE_LENGTH), new_name: line(MAX_CHOICE_LENGTH) });

export const customFieldChoices = Router().param('id', idParam);

customFieldChoices.get('/:id/choices', may('custom_fields.edit'), (req: FieldRequest, res) =>
  showChoices(req, res, emptyForm),
);

customFieldChoices.post('/:id/choices', may('custom_fields.edit'), async (req: FieldRequest, res) => {
  const { id } = req.params;
  const form = parseForm(renameSchema, req.body);
  const result = await req.inTenant(async (db) => {
    const field = found(await findCustomField(db, id).forUpdate());
    if (!form.ok) return form;
    const { choice, new_name } = form.values;
    return renameChoice(db, req.actor, field, { from: choice, to: new_name });
  });
  if (!result.ok || !form.ok) {
    const refused = result.ok ? { errors: [] } : result;
    return showChoices(req, res.status(422), withErrors(req.body, refused));
  }
  const { choice, new_name } = form.values;
  flash(req, res, '{choice} is {new_name} now.', { params: { choice, new_name } });
  await seeOther(req, res, `/settings/custom-fields/${id}/edit`);
});

async function showChoices(req: FieldRequest, res: Response, form: Form): Promise<void> {
  const [row] = await req.readTenant((db) => [findCustomField(db, req.params.id)]);
  const { id, title, choices } = found(row);
  res.page('operations/settings/custom-fields/choices', {
    title: 'Rename a choice',
    form,
    id,
    field_title: title,
    choices: choices.map((choice) => ({ value: choice, label: choice })),
  });
}
