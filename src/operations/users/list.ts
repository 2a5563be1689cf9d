import { Router, type Request, type Response } from 'express';
import { MAX_COUNT, MAX_SEARCH_RESULTS } from '../../database/paginate.ts';
import { listCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import { createUser } from '../../domain/user/user-actions.ts';
import { newUserSchema } from '../../domain/user/user-form.ts';
import { userList, type ListedUser, type UserQuery } from '../../domain/user/user-list.ts';
import { findCompanyName } from '../../domain/company/company-queries.ts';
import { customForms, fieldInputs, staffForm } from '../../http/custom-fields.ts';
import { flash, setFlashData } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { readList, type RequestedList } from '../../http/read-list.ts';
import { accessBadge } from '../badges.ts';
import { withErrors } from '../form-errors.ts';

export const users = Router();

users.get('/', may('users.view'), async (req, res) => {
  const list = await readList(req, res, userList);
  if (!list) return;
  const { query } = list;
  const { company: companyId } = query.filters;
  const [{ rows: fetched, count, found }, company] = await req.readTenant((db) => [
    userList.counted(db, query, list.place),
    ...(companyId === undefined ? [] : [findCompanyName(db, companyId)]),
  ]);
  const page = await list.page(fetched);
  if (!page) return;
  const { rows, ...links } = page;
  res.page('operations/users/list', {
    title: 'Users',
    ...shownFilters(list, company?.name),
    users: rows,
    badge_of: accessBadge,
    count: Math.min(count, MAX_COUNT),
    has_more: count > MAX_COUNT,
    is_cut: found >= MAX_SEARCH_RESULTS,
    max_found: MAX_SEARCH_RESULTS,
    ...links,
  });
});

users.get('/new', may('users.create'), async (req, res) => {
  await showNew(req, res, emptyForm);
});

users.post('/', may('users.create'), customForms, async (req, res) => {
  const refused = await createOnce(
    req,
    res,
    'user',
    async (db) => {
      const custom = staffForm(req, await listCustomFields(db, 'user'));
      const form = parseForm(newUserSchema(custom), req.body);
      return form.ok ? createUser(db, req.actor, form.values, custom) : form;
    },
    ({ user: { id, name } }) => {
      flash(req, res, '{name} was created. No email has been sent.', { params: { name } });
      setFlashData(req, `/users/${id}`, 'new');
      return `/users/${id}`;
    },
  );
  if (refused) await showNew(req, res.status(422), withErrors(req.body, refused));
});

async function showNew(req: Request, res: Response, form: Form): Promise<void> {
  const [fields] = await req.readTenant((db) => [listCustomFields(db, 'user')]);
  const custom_fields = fieldInputs(req, staffForm(req, fields));
  res.page('operations/users/new', { title: 'Add user', form, custom_fields });
}

function shownFilters(
  { query: { q, filters, sort }, isFiltered, href }: RequestedList<ListedUser, UserQuery>,
  companyName: string | undefined,
) {
  return {
    q,
    view: filters.view ?? '',
    status_filter: filters.status ?? '',
    access_filter: filters.access ?? [],
    company: companyName === undefined ? null : { id: filters.company, name: companyName },
    is_filtered: isFiltered,
    sort,
    list_href: href,
    sort_href: (other: string) => href({ sort: other }),
  };
}
