import { Router, type Request, type Response } from 'express';
import { MAX_COUNT } from '../../../database/paginate.ts';
import { deleteLabel, updateLabel } from '../../../domain/label/label-actions.ts';
import { findCountedLabel, findLabel } from '../../../domain/label/label-queries.ts';
import type { FieldError } from '../../../domain/form/parse-values.ts';
import { changedLabelSchema } from '../../../domain/label/label.ts';
import { found } from '../../../errors.ts';
import { flash } from '../../../http/flash.ts';
import { emptyForm, parseForm, versionToRender, type Form } from '../../../http/form.ts';
import { may } from '../../../http/guards.ts';
import { idParam } from '../../../http/input.ts';
import { seeOther } from '../../../http/see-other.ts';
import { errorTexts } from '../../../locales/error-texts.ts';
import { withErrors } from '../../form-errors.ts';
import { colourOptions } from '../../label-badges.ts';

type LabelRequest = Request<{ id: string }>;

const LIST = '/settings/labels';

export const label = Router().param('id', idParam);

label.get('/:id/edit', may('labels.edit'), (req: LabelRequest, res) => showEdit(req, res, emptyForm));

label.post('/:id', may('labels.edit'), async (req: LabelRequest, res) => {
  const form = parseForm(changedLabelSchema, req.body);
  const result = form.ok
    ? await req.inTenant((db) => updateLabel(db, req.actor, req.params.id, form.values))
    : form;
  if (!result.ok && isGone(result)) return showGone(req, res, result);
  if (!result.ok) return showEdit(req, res.status(422), withErrors(req.body, result));
  flash(req, res, '{name} was changed.', { params: { name: result.label.name } });
  await seeOther(req, res, LIST);
});

label.get('/:id/deletion', may('labels.edit'), async (req: LabelRequest, res) => {
  const [row] = await req.readTenant((db) => [findCountedLabel(db, req.params.id)]);
  const { id, name, users, companies, rentals } = found(row);
  res.page('operations/settings/labels/deletion', {
    title: 'Delete label',
    id,
    name,
    users,
    companies,
    rentals,
    has_rows: users + companies + rentals > 0,
    max_count: MAX_COUNT,
  });
});

label.post('/:id/deletion', may('labels.edit'), async (req: LabelRequest, res) => {
  const result = await req.inTenant((db) => deleteLabel(db, req.actor, req.params.id));
  if (!result.ok) return showGone(req, res, result);
  flash(req, res, '{name} was deleted.', { params: { name: result.label.name } });
  await seeOther(req, res, LIST);
});

interface Errors {
  errors: readonly FieldError[];
}

function isGone({ errors }: Errors): boolean {
  return errors.some(({ code }) => code === 'label_gone');
}

/** Someone, or the first of two clicks, deleted it before. */
async function showGone(req: LabelRequest, res: Response, { errors }: Errors): Promise<void> {
  flash(req, res, errorTexts.operations.label_gone, { kind: 'info', params: errors[0]!.params ?? {} });
  await seeOther(req, res, LIST);
}

async function showEdit(req: LabelRequest, res: Response, form: Form): Promise<void> {
  const [row] = await req.readTenant((db) => [findLabel(db, req.params.id)]);
  const { id, name, colour, version } = found(row);
  res.page('operations/settings/labels/edit', {
    title: 'Edit label',
    form,
    field_ids: { version: 'name' },
    id,
    name,
    colour,
    colours: colourOptions,
    version: versionToRender(form, version),
  });
}
