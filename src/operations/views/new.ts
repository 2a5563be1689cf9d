import { Router, type Request, type Response } from 'express';
import { exportNames, exportTitles, type ExportName } from '../../domain/export/export.ts';
import { createView } from '../../domain/saved-view/saved-view-actions.ts';
import { newViewSchema, storedQuery } from '../../domain/saved-view/saved-view.ts';
import { BadRequest, NotFound } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, submittedText, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { signedIn } from '../../http/guards.ts';
import { withErrors } from '../form-errors.ts';
import { exportedLists } from '../list-exports.ts';
import { viewHref } from '../list-views.ts';

export const views = Router();

views.get('/new', signedIn, (req, res) => {
  const { list, query } = req.query;
  if (list === undefined) return res.redirect(303, '/');
  show(req, res, { list, query }, emptyForm);
});

views.post('/', signedIn, async (req, res) => {
  const list = permittedList(req, submittedText(req.body, 'list'));
  const form = parseForm(newViewSchema, req.body);
  const refused = await createOnce(
    req,
    res,
    'saved_view',
    async (db) => (form.ok ? createView(db, req.actor, form.values) : form),
    ({ view }) => {
      flash(req, res, 'The view {name} was saved.', { params: { name: view.name } });
      return viewHref(exportedLists[list].path, view);
    },
  );
  if (!refused) return;
  if (refused.errors.some(({ field }) => field === 'query'))
    throw new BadRequest('The query is not that of a list');
  const query = submittedText(req.body, 'query');
  show(req, res.status(422), { list, query }, withErrors(req.body, refused));
});

type Given = Readonly<Record<string, unknown>>;

function show(req: Request, res: Response, { list, query }: Given, form: Form): void {
  const name = permittedList(req, list);
  const stored = typeof query === 'string' ? storedQuery(query) : '';
  if (!stored) return res.redirect(303, exportedLists[name].path);
  res.page('operations/views/new', {
    title: 'Save view',
    list: name,
    list_title: exportTitles[name],
    query: stored,
    back: `${exportedLists[name].path}?${stored}`,
    form,
  });
}

/** @throws {NotFound} for a list that does not exist or that the viewer may not see */
function permittedList({ actor }: Request, name: unknown): ExportName {
  const list = exportNames.find((each) => each === name);
  const permission = list && exportedLists[list].permission;
  if (!list || (permission && !actor.permissions.has(permission))) throw new NotFound('No such list');
  return list;
}
