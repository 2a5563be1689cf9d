import { Router } from 'express';
import { requestByAddress } from '../domain/email/request-by-address.ts';
import { anyone } from '../http/guards.ts';
import { notice } from '../http/notice.ts';
import { ipPrefix } from '../http/rate-limit.ts';
import { seeOther } from '../http/see-other.ts';

export const activate = Router();

activate.get('/', anyone, (_req, res) => {
  res.page('account/activate', { title: 'Activate your account' });
});

activate.post('/', anyone, async (req, res) => {
  await req.throttle.take('activate-ip', ipPrefix(req), { limit: 100, seconds: 60 * 60 });
  const result = await req.inTenant((db) =>
    requestByAddress(db, req.actor, 'setPassword', 'customer', req.body),
  );
  if (!result.ok)
    return res.status(422).page('account/activate', { title: 'Activate your account', form: result.form });
  notice(req, res, { address: result.address });
  await seeOther(req, res, '/account/activate/sent');
});

activate.get('/sent', anyone, (req, res) => {
  res.page('account/activate-sent', { title: 'Check your email', address: req.notice?.address ?? '' });
});
