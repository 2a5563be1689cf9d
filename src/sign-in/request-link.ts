import { Router } from 'express';
import {
  addressSchema,
  requestLinkByAddress,
  type RequestableTemplate,
} from '../domain/email/email-actions.ts';
import { readableEmailAddress } from '../domain/text/email-address.ts';
import { setNotice } from '../http/flash.ts';
import { parseForm, withErrors } from '../http/form.ts';
import { anyone } from '../http/guards.ts';
import { ipPrefix, type Counter } from '../http/rate-limit.ts';
import { seeOther } from '../http/see-other.ts';

interface Screen {
  template: RequestableTemplate;
  audience: 'customer' | 'staff';
  /** Where the routes are mounted. */
  path: string;
  view: string;
  sentView: string;
  title: string;
}

/** The responses must not reveal whether the address belongs to a user. */
export function requestLinkRoutes({ template, audience, path, view, sentView, title }: Screen): Router {
  const routes = Router();
  const page = { title, is_bare: true, template };
  const [purpose, limit] =
    template === 'resetPassword' ? (['forgot-ip', 20] as const) : (['activate-ip', 100] as const);

  routes.get('/', anyone, (req, res) => {
    res.anonymousPage(view, { ...page, typed: req.notice?.address ?? '' });
  });

  routes.post('/', anyone, async (req, res) => {
    const counter: Counter = { purpose, ip: ipPrefix(req) };
    await req.throttle.consume({ counter, limit, seconds: 60 * 60 });
    const form = parseForm(addressSchema, req.body);
    if (!form.ok) return res.status(422).page(view, { ...page, form: withErrors(req.body, form), typed: '' });
    const { values } = form;
    await req.inTenant((db) => requestLinkByAddress(db, req.actor, template, audience, values));
    setNotice(req, res, { address: readableEmailAddress(values.username) });
    await seeOther(req, res, `${path}/sent`);
  });

  routes.get('/sent', anyone, (req, res) => {
    const address = req.notice?.address ?? '';
    res.page(sentView, { title: 'Check your email', is_bare: true, template, address });
  });

  return routes;
}
