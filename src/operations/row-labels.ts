import { Router, type Request, type Response } from 'express';
import { changeLabels } from '../domain/label/change-labels.ts';
import { changePermissions } from '../domain/label/change-selected.ts';
import { findLabelledRow, listLabelChoices } from '../domain/label/label-queries.ts';
import { rowLabelsSchema, type LabelEntity } from '../domain/label/label.ts';
import { found } from '../errors.ts';
import { flash } from '../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../http/form.ts';
import { may } from '../http/guards.ts';
import { idParam } from '../http/input.ts';
import { seeOther } from '../http/see-other.ts';
import { withErrors } from './form-errors.ts';

interface RowLabels {
  entity: LabelEntity;
  /** Of the list. */
  path: string;
  view: string;
}

/** The page that adds labels to a row and removes them. */
export function rowLabels({ entity, path, view }: RowLabels): Router {
  const permission = changePermissions[entity];
  const labels = Router().param('id', idParam);

  const show = async (req: Request<{ id: string }>, res: Response, form: Form): Promise<void> => {
    const [row, all] = await req.readTenant((db) => [
      findLabelledRow(db, entity, req.params.id),
      listLabelChoices(db, entity, req.params.id),
    ]);
    const { id, name } = found(row);
    res.page(view, {
      title: 'Change labels',
      form,
      id,
      row_name: name,
      options: all.map((label) => ({ value: label.id, label: label.name })),
      chosen: all.filter((label) => label.is_chosen).map((label) => label.id),
    });
  };

  labels.get('/:id/labels', may(permission), (req, res) => show(req, res, emptyForm));

  labels.post('/:id/labels', may(permission), async (req: Request<{ id: string }>, res) => {
    const { id } = req.params;
    const form = parseForm(rowLabelsSchema, req.body);
    const result = form.ok
      ? await req.inTenant((db) => changeLabels(db, req.actor, entity, id, form.values))
      : form;
    if (!result.ok) return show(req, res.status(422), withErrors(req.body, result));
    if (result.hasChanged) flash(req, res, 'Your changes were saved.');
    else flash(req, res, 'There were no changes to save.', { kind: 'info' });
    await seeOther(req, res, `${path}/${id}`);
  });
  return labels;
}
