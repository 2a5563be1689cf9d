import { Router } from 'express';
import { requestByAddress } from '../domain/email/request-by-address.ts';
import { anyone } from '../http/guards.ts';
import { notice } from '../http/notice.ts';
import { ipPrefix } from '../http/rate-limit.ts';
import { seeOther } from '../http/see-other.ts';

export const forgotPassword = Router();

forgotPassword.get('/', anyone, (req, res) => {
  res.page('account/forgot-password', { title: 'Forgot password?', typed: req.notice?.address ?? '' });
});

forgotPassword.post('/', anyone, async (req, res) => {
  await req.throttle.take('forgot-ip', ipPrefix(req), { limit: 20, seconds: 60 * 60 });
  const result = await req.inTenant((db) =>
    requestByAddress(db, req.actor, 'resetPassword', 'customer', req.body),
  );
  if (!result.ok)
    return res
      .status(422)
      .page('account/forgot-password', { title: 'Forgot password?', form: result.form, typed: '' });
  notice(req, res, { address: result.address });
  await seeOther(req, res, '/account/forgot-password/sent');
});

forgotPassword.get('/sent', anyone, (req, res) => {
  res.page('account/forgot-password-sent', { title: 'Check your email', address: req.notice?.address ?? '' });
});
