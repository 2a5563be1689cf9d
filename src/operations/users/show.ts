import { Router, type Request, type Response } from 'express';
import { customFieldName } from '../../domain/custom-field/custom-field.ts';
import { listAnsweredCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import { emptyForm, type Form } from '../../domain/form/parse-form.ts';
import { updateUser } from '../../domain/user/update-user.ts';
import { languageOptions } from '../../domain/user/user-form.ts';
import { findUser } from '../../domain/user/user-queries.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/id-param.ts';
import { seeOther } from '../../http/see-other.ts';
import { showUser } from './user-page.ts';

export const user = Router();
user.param('id', idParam);

user.get('/:id', may('users.view'), async (req, res) => {
  await showUser(req, res, req.params.id);
});

user.get('/:id/edit', may('users.edit'), async (req, res) => {
  await showEdit(req, res, req.params.id, emptyForm);
});

user.post('/:id', may('users.edit'), async (req, res) => {
  const { id } = req.params;
  const result = await req.inTenant((db) => updateUser(db, req.actor, id, req.body));
  if (!result.ok) return showEdit(req, res.status(422), id, result.form);

  const params = { name: result.user.name, email: result.user.email };
  if (!result.hasChanged) flash(req, res, 'There was nothing to change.', { kind: 'info' });
  else if (result.hasMoved)
    flash(req, res, '{name} was changed. Mail goes to {email} from now on.', { params });
  else flash(req, res, '{name} was changed.', { params });
  await seeOther(req, res, `/users/${id}`);
});

async function showEdit(req: Request, res: Response, id: string, form: Form): Promise<void> {
  const [person, custom_fields] = await req.readTenant((db) => [
    findUser(db, id),
    listAnsweredCustomFields(db, id),
  ]);
  const { name, email, version, first_name, last_name, phone, locale } = found(person);
  const answers = custom_fields.map((field) => [customFieldName(field), field.value]);
  res.page('operations/users/edit', {
    title: 'Edit user',
    form,
    id,
    user_name: name || email,
    may_be_nameless: name === '',
    version,
    current: { first_name, last_name, email, phone, locale, ...Object.fromEntries(answers) },
    is_stale: form.errors['version'] !== undefined,
    field_ids: { version: 'first_name' },
    custom_fields,
    languages: languageOptions(),
  });
}
