import { Router } from 'express';
import { requestByAddress } from '../domain/email/request-by-address.ts';
import { anyone } from '../http/guards.ts';
import { notice } from '../http/notice.ts';
import { ipPrefix } from '../http/rate-limit.ts';
import { seeOther } from '../http/see-other.ts';

export const forgotPassword = Router();

const screen = { title: 'Forgot password?', is_bare: true };

forgotPassword.get('/', anyone, (req, res) => {
  res.page('account/forgot-password', { ...screen, typed: req.notice?.address ?? '' });
});

forgotPassword.post('/', anyone, async (req, res) => {
  await req.throttle.take({ purpose: 'forgot-ip', ip: ipPrefix(req) }, { limit: 20, seconds: 60 * 60 });
  const result = await req.inTenant((db) =>
    requestByAddress(db, req.actor, 'resetPassword', 'customer', req.body),
  );
  if (!result.ok)
    return res.status(422).page('account/forgot-password', { ...screen, form: result.form, typed: '' });
  notice(req, res, { address: result.address });
  await seeOther(req, res, '/account/forgot-password/sent');
});

forgotPassword.get('/sent', anyone, (req, res) => {
  const address = req.notice?.address ?? '';
  res.page('account/forgot-password-sent', { title: 'Check your email', is_bare: true, address });
});
