import { Router } from 'express';
import { requestByAddress } from '../domain/email/request-by-address.ts';
import { anyone } from '../http/guards.ts';
import { notice } from '../http/notice.ts';
import { ipPrefix } from '../http/rate-limit.ts';
import { seeOther } from '../http/see-other.ts';

export const activate = Router();

const screen = { title: 'Activate your account', is_bare: true };

activate.get('/', anyone, (_req, res) => {
  res.page('account/activate', screen);
});

activate.post('/', anyone, async (req, res) => {
  await req.throttle.take({ purpose: 'activate-ip', ip: ipPrefix(req) }, { limit: 100, seconds: 60 * 60 });
  const result = await req.inTenant((db) =>
    requestByAddress(db, req.actor, 'setPassword', 'customer', req.body),
  );
  if (!result.ok) return res.status(422).page('account/activate', { ...screen, form: result.form });
  notice(req, res, { address: result.address });
  await seeOther(req, res, '/account/activate/sent');
});

activate.get('/sent', anyone, (req, res) => {
  const address = req.notice?.address ?? '';
  res.page('account/activate-sent', { title: 'Check your email', is_bare: true, address });
});
