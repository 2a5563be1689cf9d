import { Router, type Request, type Response } from 'express';
import { tokenLifetimes } from '../../domain/token/one-time-token.ts';
import {
  activationCodeError,
  createActivationCode,
  revokeActivationCode,
} from '../../domain/user/activation-code-actions.ts';
import { activationLetter } from '../../domain/user/activation-letter.ts';
import { findUser } from '../../domain/user/user-queries.ts';
import { displayName } from '../../domain/user/user.ts';
import { found } from '../../errors.ts';
import { clearCookie, readSignedCookie, setSignedCookie } from '../../http/cookies.ts';
import { flash } from '../../http/flash.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import { showUser } from './show.ts';

type UserRequest = Request<{ id: string }>;

/** The code is stored nowhere else: the next page shows it. */
const COOKIE = 'activation-code';
const COOKIE_SECONDS = 120;
const DAY_SECONDS = 24 * 60 * 60;

export const userActivationCode = Router().param('id', idParam);

userActivationCode.get('/:id/activation-code', may('users.invite'), async (req: UserRequest, res) => {
  const { id } = req.params;
  const [row] = await req.readTenant((db) => [findUser(db, id)]);
  const user = found(row);
  if (activationCodeError(user)) return res.redirect(303, `/users/${id}`);
  res.page('operations/users/activation-code/confirmation', {
    title: 'Create activation code',
    id,
    user_name: displayName(user),
    days: tokenLifetimes.activation_code / DAY_SECONDS,
    code_expires_at: user.code_expires_at,
  });
});

userActivationCode.post('/:id/activation-code', may('users.invite'), async (req: UserRequest, res) => {
  const { id } = req.params;
  const created = await req.inTenant((db) => createActivationCode(db, req.actor, id));
  if (!created.ok) return showUser(req as Request, res.status(422), id, withErrors(req.body, created));
  setSignedCookie(req as Request, res, COOKIE, { user_id: id, code: created.code }, COOKIE_SECONDS);
  await seeOther(req as Request, res, `/users/${id}/activation-code/letter`);
});

userActivationCode.get('/:id/activation-code/letter', may('users.invite'), async (req: UserRequest, res) => {
  const { id } = req.params;
  const [row] = await req.readTenant((db) => [findUser(db, id)]);
  const user = found(row);
  const code = takeCode(req, res, id);
  if (code === undefined || !user.code_expires_at) return res.redirect(303, `/users/${id}/activation-code`);
  res.page('operations/users/activation-code/letter', {
    title: 'Activation code',
    id,
    user_name: displayName(user),
    letter: activationLetter(user, req.tenant, { code, expires_at: user.code_expires_at }),
  });
});

userActivationCode.post(
  '/:id/activation-code/revocation',
  may('users.invite'),
  async (req: UserRequest, res) => {
    const { id } = req.params;
    const { user, isRevoked } = await req.inTenant((db) => revokeActivationCode(db, req.actor, id));

    const params = { user: displayName(user) };
    if (isRevoked) flash(req as Request, res, 'The activation code of {user} was revoked.', { params });
    else flash(req as Request, res, '{user} has no valid activation code.', { kind: 'info', params });
    await seeOther(req as Request, res, `/users/${id}`);
  },
);

function takeCode(req: UserRequest, res: Response, userId: string): string | undefined {
  const shown = readSignedCookie<{ user_id: string; code: string }>(req as Request, COOKIE);
  if (shown?.user_id !== userId) return undefined;
  clearCookie(req as Request, res, COOKIE);
  return shown.code;
}
