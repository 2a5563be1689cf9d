import { Router } from 'express';
import { addressSchema, requestLinkByAddress } from '../domain/email/email-actions.ts';
import { readableEmailAddress } from '../domain/text/email-address.ts';
import { anyone } from '../http/guards.ts';
import { setNotice } from '../http/flash.ts';
import { parseForm, withErrors } from '../http/form.ts';
import { ipPrefix, type Counter } from '../http/rate-limit.ts';
import { seeOther } from '../http/see-other.ts';

export const activate = Router();

const screen = { title: 'Activate your account', is_bare: true };

activate.get('/', anyone, (_req, res) => {
  res.anonymousPage('account/activate', screen);
});

activate.post('/', anyone, async (req, res) => {
  const counter: Counter = { purpose: 'activate-ip', ip: ipPrefix(req) };
  await req.throttle.consume({ counter, limit: 100, seconds: 60 * 60 });
  const form = parseForm(addressSchema, req.body);
  if (!form.ok)
    return res.status(422).page('account/activate', { ...screen, form: withErrors(req.body, form) });
  const { values } = form;
  await req.inTenant((db) => requestLinkByAddress(db, req.actor, 'setPassword', 'customer', values));
  setNotice(req, res, { address: readableEmailAddress(values.username) });
  await seeOther(req, res, '/account/activate/sent');
});

activate.get('/sent', anyone, (req, res) => {
  const address = req.notice?.address ?? '';
  res.page('account/activate-sent', { title: 'Check your email', is_bare: true, address });
});
