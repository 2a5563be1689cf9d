import { Router, type Request, type Response } from 'express';
import { exportNames, exportTitles } from '../../domain/export/export.ts';
import { deleteView, mayChangeView, updateView } from '../../domain/saved-view/saved-view-actions.ts';
import { findView, type SavedView } from '../../domain/saved-view/saved-view-queries.ts';
import { changedViewSchema, storedQuery } from '../../domain/saved-view/saved-view.ts';
import { BadRequest, Forbidden, found, NotFound } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, versionToRender, type Form } from '../../http/form.ts';
import { signedIn } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import { exportedLists } from '../list-exports.ts';
import { viewHref } from '../list-views.ts';

type ViewRequest = Request<{ id: string }>;

export const view = Router().param('id', idParam);

view.get('/:id', signedIn, (req: ViewRequest, res) => showEdit(req, res, emptyForm));

view.post('/:id', signedIn, async (req: ViewRequest, res) => {
  const { id } = req.params;
  const result = await req.inTenant(async (db) => {
    const stored = permitted(req, await findView(db, id, req.user!.id));
    const form = parseForm(changedViewSchema, req.body);
    const saved = form.ok ? await updateView(db, req.actor, stored.view, form.values) : form;
    return saved.ok && form.ok ? { ...saved, href: viewHref(stored.path, { id, ...form.values }) } : saved;
  });
  if (!result.ok) return showEdit(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'Your changes were saved.');
  await seeOther(req, res, 'href' in result ? result.href : '/');
});

view.post('/:id/deletion', signedIn, async (req: ViewRequest, res) => {
  const { view: deleted, path } = await req.inTenant(async (db) => {
    const stored = permitted(req, await findView(db, req.params.id, req.user!.id));
    await deleteView(db, req.actor, stored.view);
    return stored;
  });
  flash(req, res, 'The view {name} was deleted.', { params: { name: deleted.name } });
  await seeOther(req, res, path);
});

async function showEdit(req: ViewRequest, res: Response, form: Form): Promise<void> {
  const [row] = await req.readTenant((db) => [findView(db, req.params.id, req.user!.id)]);
  const { view: stored, path, list } = permitted(req, row);
  if ('query' in form.errors) throw new BadRequest('The query is not that of a list');
  const given = req.query['query'];
  const query = form.values['query'] ?? ((typeof given === 'string' && storedQuery(given)) || stored.query);
  res.page('operations/views/edit', {
    title: 'Edit view {name}',
    title_params: { name: stored.name },
    view: stored,
    query,
    is_updated: query !== stored.query,
    is_own: stored.owner_id === req.user!.id,
    list_title: exportTitles[list],
    path,
    form,
    is_stale: 'version' in form.errors,
    field_ids: { version: 'stored' },
    version: versionToRender(form, stored.version),
  });
}

/**
 * @throws {NotFound} for a view of a list that the viewer may not see
 * @throws {Forbidden} for a view that they may not change
 */
function permitted({ actor }: ViewRequest, row: SavedView | undefined) {
  const stored = found(row);
  const list = exportNames.find((name) => name === stored.list);
  if (!list) throw new NotFound('A list of another version');
  const { permission, path } = exportedLists[list];
  if (permission && !actor.permissions.has(permission)) throw new NotFound('No such view');
  if (!mayChangeView(actor, stored)) throw new Forbidden('team.edit');
  return { view: stored, path, list };
}
