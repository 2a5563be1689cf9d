import { Router, type Request, type Response } from 'express';
import { MAX_COUNT } from '../../../database/paginate.ts';
import { createLabel } from '../../../domain/label/label-actions.ts';
import { listCountedLabels } from '../../../domain/label/label-queries.ts';
import { newLabelSchema } from '../../../domain/label/label.ts';
import { flash } from '../../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../../http/form.ts';
import { createOnce } from '../../../http/form-key.ts';
import { may } from '../../../http/guards.ts';
import { withErrors } from '../../form-errors.ts';
import { colourOptions, labelTones } from '../../label-badges.ts';

export const labels = Router();

const LIST = '/settings/labels';

labels.get('/', may('labels.edit'), async (req, res) => {
  const [rows] = await req.readTenant((db) => [listCountedLabels(db)]);
  res.page('operations/settings/labels/list', {
    title: 'Labels',
    labels: rows.map((label) => ({ ...label, tone: labelTones[label.colour] })),
    max_count: MAX_COUNT,
  });
});

labels.get('/new', may('labels.edit'), (_req, res) => showNew(res, emptyForm));

labels.post('/', may('labels.edit'), async (req: Request, res) => {
  const form = parseForm(newLabelSchema, req.body);
  const refused = await createOnce(
    req,
    res,
    'label',
    async (db) => (form.ok ? createLabel(db, req.actor, form.values) : form),
    ({ label: { name } }) => {
      flash(req, res, '{name} was created.', { params: { name } });
      return LIST;
    },
  );
  if (refused) showNew(res.status(422), withErrors(req.body, refused));
});

function showNew(res: Response, form: Form): void {
  res.page('operations/settings/labels/new', { title: 'Create label', form, colours: colourOptions });
}
