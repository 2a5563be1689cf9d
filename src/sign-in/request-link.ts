import { Router, type Request, type RequestHandler, type Response } from 'express';
import {
  addressSchema,
  requestLinkByAddress,
  type RequestableTemplate,
} from '../domain/email/email-actions.ts';
import { readableEmailAddress } from '../domain/text/email-address.ts';
import { setNotice } from '../http/flash.ts';
import { parseForm, withErrors, type Form } from '../http/form.ts';
import { anyone } from '../http/guards.ts';
import { ipPrefix, type Counter } from '../http/rate-limit.ts';
import { seeOther } from '../http/see-other.ts';

export interface LinkScreen {
  template: RequestableTemplate;
  audience: 'customer' | 'staff';
  /** Where the routes are mounted. */
  path: string;
  view: string;
  sentView: string;
  title: string;
}

/** The responses must not reveal whether the address belongs to a user. */
export function requestLinkRoutes(screen: LinkScreen): Router {
  const routes = Router();
  routes.get('/', anyone, showLinkForm(screen));
  routes.post('/', anyone, requestLink(screen));
  routes.get('/sent', anyone, showLinkSent(screen));
  return routes;
}

export function showLinkForm(screen: LinkScreen): RequestHandler {
  return (req, res) => {
    res.anonymousPage(screen.view, { ...pageLocals(screen), typed: req.notice?.address ?? '' });
  };
}

export function showRefusedLinkForm(res: Response, screen: LinkScreen, form: Form): void {
  res.status(422).page(screen.view, { ...pageLocals(screen), form, typed: '' });
}

export function requestLink(screen: LinkScreen) {
  const { template, audience, path } = screen;
  const [purpose, limit] =
    template === 'resetPassword' ? (['forgot-ip', 20] as const) : (['activate-ip', 100] as const);
  return async (req: Request, res: Response): Promise<void> => {
    const counter: Counter = { purpose, ip: ipPrefix(req) };
    await req.throttle.consume({ counter, limit, seconds: 60 * 60 });
    const form = parseForm(addressSchema, req.body);
    if (!form.ok) return showRefusedLinkForm(res, screen, withErrors(req.body, form));
    const { values } = form;
    await req.inTenant((db) => requestLinkByAddress(db, req.actor, template, audience, values));
    setNotice(req, res, { address: readableEmailAddress(values.username) });
    await seeOther(req, res, `${path}/sent`);
  };
}

export function showLinkSent({ template, sentView }: LinkScreen): RequestHandler {
  return (req, res) => {
    const address = req.notice?.address ?? '';
    res.page(sentView, { title: 'Check your email', is_bare: true, template, address });
  };
}

function pageLocals({ title, template }: LinkScreen) {
  return { title, is_bare: true, template };
}
