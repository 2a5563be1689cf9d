import { Router, type Request, type Response } from 'express';
import { listAllCustomFields, listCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import { formValues, readCustom } from '../../domain/custom-field/form-fields.ts';
import { listLatestEmails } from '../../domain/email/email-queries.ts';
import { listRowLabels } from '../../domain/label/label-queries.ts';
import { firstPageReads } from '../../domain/record/first-page.ts';
import { updateUser } from '../../domain/user/user-actions.ts';
import { handoverLetter } from '../../domain/user/user-emails.ts';
import { changedUserSchema, editableValues } from '../../domain/user/user-form.ts';
import {
  findUser,
  findUserForUpdate,
  listUserCompanies,
  listUserHistory,
} from '../../domain/user/user-queries.ts';
import { historyLines } from '../../domain/user/user-history.ts';
import { displayName, hasEmail } from '../../domain/user/user.ts';
import { found } from '../../errors.ts';
import {
  customForms,
  fieldInputs,
  formerInputs,
  missingTitles,
  shownFields,
  staffForm,
} from '../../http/custom-fields.ts';
import { flash, consumeFlashData } from '../../http/flash.ts';
import { emptyForm, parseForm, versionToRender, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { localeOptions } from '../../locales/locales.ts';
import { shownEmail } from '../emails/shown-email.ts';
import { withErrors } from '../form-errors.ts';
import { shownLabels } from '../label-badges.ts';
import { firstPageLocals } from '../records/first-page.ts';
import { details } from './details.ts';
import { describeLine } from '../user-history.ts';

export const user = Router();
user.param('id', idParam);

user.get('/:id', may('users.view'), async (req, res) => {
  await showUser(req, res, req.params.id);
});

user.get('/:id/edit', may('users.edit'), async (req, res) => {
  await showEdit(req, res, req.params.id, emptyForm);
});

user.post('/:id', may('users.edit'), customForms, async (req, res) => {
  const { id } = req.params;
  const result = await req.inTenant(async (db) => {
    const user = found(await findUserForUpdate(db, id));
    const custom = staffForm(req, await listAllCustomFields(db, 'user'), readCustom(user));
    const stored = { ...editableValues(user), ...formValues(custom) };
    const form = parseForm(changedUserSchema(user, custom), req.body, {
      stored,
      others: formerInputs(req, res, custom),
    });
    return form.ok ? updateUser(db, req.actor, user, form.values, custom) : form;
  });
  if (!result.ok) return showEdit(req, res.status(422), id, withErrors(req.body, result));

  const { name, email } = result.user;
  const params = { name, email: email ?? '' };
  if (!result.hasChanged) flash(req, res, 'There were no changes to save.', { kind: 'info' });
  else if (result.hasNewEmail && email === null)
    flash(req, res, '{name} was changed and has no email address now.', { params });
  else if (result.hasNewEmail)
    flash(req, res, '{name} was changed and is logged out everywhere. Emails now go to {email}.', {
      params,
    });
  else flash(req, res, '{name} was changed.', { params });
  await seeOther(req, res, `/users/${id}`);
});

export async function showUser(
  req: Request,
  res: Response,
  id: string,
  form: Form = emptyForm,
): Promise<void> {
  const record = { type: 'user', id } as const;
  const [row, fields, labels, companies, emails, history, counts, pinned] = await req.readTenant((db) => [
    findUser(db, id),
    listCustomFields(db, 'user'),
    listRowLabels(db, 'user', id),
    listUserCompanies(db, id),
    listLatestEmails(db, id),
    listUserHistory(db, id),
    ...firstPageReads(db, record),
  ]);
  const user = found(row);
  res.page('operations/users/show', {
    title: displayName(user),
    form,
    field_ids: { template: 'actions', activation_code: 'actions' },
    ...details(user),
    custom_rows: shownFields(req, fields, user),
    missing_fields: missingTitles(fields, readCustom(user)),
    labels: shownLabels(labels),
    may_merge: req.actor.permissions.has('users.merge') && req.actor.scope.kind === 'all',
    ...(await firstPageLocals(req, record, [counts, pinned])),
    companies,
    emails: emails.map(shownEmail),
    history: historyLines(history).map((line) => describeLine(line, fields)),
    letter: hasEmail(user) ? handoverLetter(user, req.tenant) : null,
    code_expires_at: user.code_expires_at,
    default_locale: req.tenant.locale,
    is_new: consumeFlashData(req, `/users/${id}`) === 'new',
  });
}

async function showEdit(req: Request, res: Response, id: string, form: Form): Promise<void> {
  const [row, fields] = await req.readTenant((db) => [findUser(db, id), listCustomFields(db, 'user')]);
  const user = found(row);
  res.page('operations/users/edit', {
    title: 'Edit user',
    form,
    id,
    user_name: displayName(user),
    may_be_nameless: user.name === '',
    version: versionToRender(form, user.version),
    current: editableValues(user),
    is_stale: form.errors['version'] !== undefined,
    field_ids: { version: 'first_name' },
    custom_fields: fieldInputs(req, staffForm(req, fields, readCustom(user))),
    languages: localeOptions(),
    default_locale: req.tenant.locale,
  });
}
