import { Router } from 'express';
import { createSite } from '../../domain/site/site-actions.ts';
import { siteList } from '../../domain/site/site-list.ts';
import { newSiteSchema } from '../../domain/site/site.ts';
import { flash } from '../../http/flash.ts';
import { parseForm } from '../../http/form.ts';
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

sites.get('/new', may('sites.edit'), (_req, res) => {
  res.page('operations/sites/new', { title: 'Add site' });
});

sites.post('/', may('sites.edit'), async (req, res) => {
  const form = parseForm(newSiteSchema, req.body);
  const refused = await createOnce(
    req,
    res,
    'site',
    async (db) => (form.ok ? createSite(db, req.actor, form.values) : form),
    ({ site: { id, name } }) => {
      flash(req, res, '{name} was added.', { params: { name } });
      return `/sites/${id}`;
    },
  );
  if (refused)
    res.status(422).page('operations/sites/new', { title: 'Add site', form: withErrors(req.body, refused) });
});
