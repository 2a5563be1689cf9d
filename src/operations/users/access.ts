import { Router } from 'express';
import { sendUserEmail, userEmailSchema } from '../../domain/user/user-emails.ts';
import { disableUser, enableUser, revokeInvitation } from '../../domain/user/user-access.ts';
import { findUser } from '../../domain/user/user-queries.ts';
import { displayName } from '../../domain/user/user.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { parseForm } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import { showUser } from './show.ts';

export const userAccess = Router();
userAccess.param('id', idParam);

const sentMessages = {
  resetPassword: 'A password reset email has been sent to {email}.',
  accountActivation: 'An activation email has been sent to {email}.',
  accountInvitation: 'An invitation email has been sent to {email}.',
};

userAccess.post('/:id/emails', may('users.invite'), async (req, res) => {
  const { id } = req.params;
  const form = parseForm(userEmailSchema, req.body);
  const result = form.ok ? await req.inTenant((db) => sendUserEmail(db, req.actor, id, form.values)) : form;
  if (!result.ok) return showUser(req, res.status(422), id, withErrors(req.body, result));

  flash(req, res, sentMessages[result.template], { params: { email: result.user.email } });
  await seeOther(req, res, `/users/${id}`);
});

userAccess.post('/:id/invitation-revocation', may('users.invite'), async (req, res) => {
  const { id } = req.params;
  const { user, isRevoked } = await req.inTenant((db) => revokeInvitation(db, req.actor, id));

  const params = { user: displayName(user) };
  if (isRevoked)
    flash(req, res, 'The invitation of {user} was revoked. Its link no longer works.', { params });
  else flash(req, res, '{user} has no open invitation.', { kind: 'info', params });
  await seeOther(req, res, `/users/${id}`);
});

userAccess.get('/:id/deactivation', may('users.disable'), async (req, res) => {
  const { id } = req.params;
  const [row] = await req.readTenant((db) => [findUser(db, id)]);
  const user = found(row);
  if (user.status === 'disabled') return res.redirect(303, `/users/${id}`);
  res.page('operations/users/deactivation', {
    title: 'Disable login',
    id,
    user_name: displayName(user),
    email: user.email,
  });
});

userAccess.post('/:id/deactivation', may('users.disable'), async (req, res) => {
  const { id } = req.params;
  const user = await req.inTenant((db) => disableUser(db, req.actor, id));

  flash(req, res, '{user} can no longer log in.', { params: { user: displayName(user) } });
  await seeOther(req, res, `/users/${id}`);
});

userAccess.post('/:id/activation', may('users.disable'), async (req, res) => {
  const { id } = req.params;
  const user = await req.inTenant((db) => enableUser(db, req.actor, id));

  flash(req, res, '{user} can log in again.', { params: { user: displayName(user) } });
  await seeOther(req, res, `/users/${id}`);
});
