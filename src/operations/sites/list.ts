import { Router, type Request, type Response } from 'express';
import { listCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import { createSite } from '../../domain/site/site-actions.ts';
import { siteList } from '../../domain/site/site-list.ts';
import { newSiteSchema } from '../../domain/site/site.ts';
import { customForms, fieldInputs, staffForm } from '../../http/custom-fields.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { readList } from '../../http/read-list.ts';
import { withErrors } from '../form-errors.ts';

export const sites = Router();

sites.get('/', may('rentals.view'), async (req, res) => {
  const list = await readList(req, res, siteList);
  if (!list) return;
  const [fetched] = await req.readTenant((db) => [siteList.rows(db, list.query, list.place)]);
  const page = await list.page(fetched);
  if (!page) return;
  const { rows, ...links } = page;
  res.page('operations/sites/list', { title: 'Sites', sites: rows, ...links });
});

sites.get('/new', may('sites.edit'), (req, res) => showNew(req, res, emptyForm));

sites.post('/', may('sites.edit'), customForms, async (req, res) => {
  const refused = await createOnce(
    req,
    res,
    'site',
    async (db) => {
      const custom = staffForm(req, await listCustomFields(db, 'site'));
      const form = parseForm(newSiteSchema(custom), req.body);
      return form.ok ? createSite(db, req.actor, form.values, custom) : form;
    },
    ({ site: { id, name } }) => {
      flash(req, res, '{name} was added.', { params: { name } });
      return `/sites/${id}`;
    },
  );
  if (refused) await showNew(req, res.status(422), withErrors(req.body, refused));
});

async function showNew(req: Request, res: Response, form: Form): Promise<void> {
  const [fields] = await req.readTenant((db) => [listCustomFields(db, 'site')]);
  const custom_fields = fieldInputs(req, staffForm(req, fields));
  res.page('operations/sites/new', { title: 'Add site', form, custom_fields });
}
