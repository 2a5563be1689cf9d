import { Router, type Request, type Response } from 'express';
import { isId } from '../../database/new-id.ts';
import { listAllCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import { userList } from '../../domain/user/user-list.ts';
import { findUser, type User } from '../../domain/user/user-queries.ts';
import { displayName } from '../../domain/user/user.ts';
import { findMoved, listAccountsOfBoth } from '../../domain/user-merge/merge-queries.ts';
import { mergeSchema, mergeUsers, requireAllRows } from '../../domain/user-merge/merge-users.ts';
import { findSurvivor } from '../../domain/user-merge/user-alias.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, submittedText, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import { tableOf } from '../list-columns.ts';
import { contextOf } from '../list-display.ts';
import { accountLines, candidateColumns, customLines, detailRows, movedRows } from './merge-view.ts';

type MergeRequest = Request<{ id: string }>;

export const userMerge = Router().param('id', idParam);

/** Step 1: search the other user. Step 2, with their id in `with`: what moves. */
userMerge.get('/:id/merge', may('users.merge'), async (req: MergeRequest, res) => {
  const { id } = req.params;
  const other = req.query['with'];
  if (!isId(other)) return showSearch(req, res, emptyForm);
  if (other === id)
    return showSearch(
      req,
      res,
      withErrors({}, { errors: [{ field: 'other_id', code: 'merge_with_oneself' }] }),
    );
  await showPreview(req, res, other, emptyForm);
});

userMerge.post('/:id/merge', may('users.merge'), async (req: MergeRequest, res) => {
  const { id } = req.params;
  const { secretKeys } = req;
  const form = parseForm(mergeSchema, req.body);
  const result = form.ok
    ? await req.inTenant((db) => mergeUsers(db, req.actor, { id, values: form.values, secretKeys }))
    : form;
  if (!result.ok) {
    const other = submittedText(req.body, 'other_id');
    const errors = withErrors(req.body, result);
    res.status(422);
    return isId(other) && other !== id ? showPreview(req, res, other, errors) : showSearch(req, res, errors);
  }
  const name = displayName(result.user);
  if (result.other === null)
    flash(req, res, 'That user had been merged into {name} already.', { kind: 'info', params: { name } });
  else flash(req, res, '{other} was merged into {name}.', { params: { name, other: result.other } });
  await seeOther(req, res, `/users/${result.user.id}`);
});

async function showSearch(req: MergeRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const given = req.query['q'];
  const typed = typeof given === 'string' ? given.trim() : null;
  const query = candidateQuery(typed ?? '');
  const [row, rows = []] = await req.readTenant((db) => [
    findUser(db, id),
    ...(query ? [userList.rows(db, query, null)] : []),
  ]);
  const user = found(row);
  requireAllRows({ viewer: req.actor });
  const candidates = query ? userList.page(rows, query, null).rows.filter((each) => each.id !== id) : [];
  res.page('operations/users/merge/search', {
    title: 'Merge {name}',
    title_params: { name: displayName(user) },
    form,
    id,
    user_name: displayName(user),
    q: typed ?? (user.name || (user.email ?? '')),
    has_searched: typed !== null,
    table: tableOf(candidateColumns(id), candidates.slice(0, MOST_CANDIDATES), contextOf(req as Request)),
    has_candidates: candidates.length > 0,
  });
}

const MOST_CANDIDATES = 20;

/** By name, email address, phone number or id. Null for a search of nothing. */
function candidateQuery(q: string) {
  if (q === '') return null;
  const parsed = userList.parse(isId(q) ? {} : { q }).query;
  return isId(q) ? { ...parsed, ids: [q] } : parsed;
}

async function showPreview(req: MergeRequest, res: Response, otherId: string, form: Form): Promise<void> {
  const { id } = req.params;
  const [row, otherRow, survivor, moved, accounts, fields] = await req.readTenant((db) => [
    findUser(db, id),
    findUser(db, otherId),
    findSurvivor(db, otherId),
    findMoved(db, otherId),
    listAccountsOfBoth(db, [id, otherId]),
    listAllCustomFields(db, 'user'),
  ]);
  const user = found(row);
  requireAllRows({ viewer: req.actor });
  if (!otherRow && survivor) return res.redirect(303, `/users/${survivor.id}`);
  const other: User = found(otherRow);
  const users = { user, other };
  res.page('operations/users/merge/preview', {
    title: 'Merge into {name}',
    title_params: { name: displayName(user) },
    form,
    id,
    user_name: displayName(user),
    other: { id: otherId, name: displayName(other), email: other.email },
    versions: { user: user.version, other: other.version },
    details: detailRows(users),
    custom_lines: customLines(fields, users),
    moved: movedRows(moved, otherId),
    accounts: accountLines(accounts, users),
    may_log_in: user.email !== null,
    is_paying: accountLines(accounts, users).some(({ is_paying }) => is_paying),
  });
}
