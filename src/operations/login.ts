import { Router } from 'express';
import { attemptLogIn } from '../http/attempt-log-in.ts';
import { anyone } from '../http/guards.ts';
import { ownPath, seeOther } from '../http/see-other.ts';

export const login = Router();

login.get('/', anyone, (req, res) => {
  if (req.user) return res.redirect(303, '/users');
  res.page('operations/login', { title: 'Log in', next: ownPath(req.query['next'], '') });
});

login.post('/', anyone, async (req, res) => {
  const next = ownPath((req.body as { next?: unknown }).next, '');
  const attempt = await attemptLogIn(req, res);
  if (!attempt.ok) {
    if (attempt.seconds) res.set('Retry-After', String(attempt.seconds));
    return res.status(attempt.status).page('operations/login', { title: 'Log in', form: attempt.form, next });
  }
  await seeOther(req, res, next || '/users');
});
