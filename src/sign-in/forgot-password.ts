import { Router } from 'express';
import { addressSchema, requestLinkByAddress } from '../domain/email/email-actions.ts';
import { readableEmailAddress } from '../domain/text/email-address.ts';
import { setNotice } from '../http/flash.ts';
import { parseForm, withErrors } from '../http/form.ts';
import { anyone } from '../http/guards.ts';
import { ipPrefix, type Counter } from '../http/rate-limit.ts';
import { seeOther } from '../http/see-other.ts';

interface Screen {
  audience: 'customer' | 'staff';
  formView: string;
  sentView: string;
  sentPath: string;
}

/** The responses must not reveal whether the address belongs to a user. */
export function forgotPasswordRoutes({ audience, formView, sentView, sentPath }: Screen): Router {
  const routes = Router();
  const page = { title: 'Forgot password?', is_bare: true };

  routes.get('/', anyone, (req, res) => {
    res.anonymousPage(formView, { ...page, typed: req.notice?.address ?? '' });
  });

  routes.post('/', anyone, async (req, res) => {
    const counter: Counter = { purpose: 'forgot-ip', ip: ipPrefix(req) };
    await req.throttle.consume({ counter, limit: 20, seconds: 60 * 60 });
    const form = parseForm(addressSchema, req.body);
    if (!form.ok)
      return res.status(422).page(formView, { ...page, form: withErrors(req.body, form), typed: '' });
    const { values } = form;
    await req.inTenant((db) => requestLinkByAddress(db, req.actor, 'resetPassword', audience, values));
    setNotice(req, res, { address: readableEmailAddress(values.username) });
    await seeOther(req, res, sentPath);
  });

  routes.get('/sent', anyone, (req, res) => {
    const address = req.notice?.address ?? '';
    res.page(sentView, { title: 'Check your email', is_bare: true, address });
  });

  return routes;
}
