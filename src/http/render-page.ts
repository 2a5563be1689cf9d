import type { Request, RequestHandler, Response } from 'express';
import type { Config } from '../config.ts';
import { emptyForm } from './form.ts';
import type { Tenant } from '../domain/tenant/tenant.ts';
import { lineText, type DescribedLine } from '../domain/invoice/line-text.ts';
import { phoneHref } from '../domain/text/phone-number.ts';
import { platformIcon } from '../domain/brand/icon.ts';
import { logoPath, type Logo } from '../domain/brand/logo.ts';
import { formatters, staffLocale } from '../locales/locales.ts';
import { direction, translator, type Translate } from '../locales/translate.ts';
import { withVocabulary } from '../locales/vocabulary.ts';
import type { Locals } from '../compile-view.ts';
import { viewsFolder } from '../project-folder.ts';
import { loadViews, type Views } from '../views.ts';
import type { Assets } from './assets.ts';
import { csrfTokenToRender } from './csrf.ts';
import { customerNavigation } from './customer-navigation.ts';
import { consumeFlashes } from './flash.ts';
import { portalPath } from './see-other.ts';
import { formKeyToRender } from './form-key.ts';
import { isCacheable, PageCache } from './page-cache.ts';

const formatterCache = new Map<string, ReturnType<typeof formatters>>();

/** What every component receives in addition to its arguments. */
const SHARED_LOCALS = [
  't',
  'form',
  'contact',
  'csrf_token',
  'form_key',
  'formatDate',
  'formatDateTime',
  'formatDay',
  'formatMoney',
  'formatParams',
  'formatNumber',
  'formatNames',
] satisfies (keyof ReturnType<typeof commonLocals>)[];

/** Views that are not cached show changes of their files. */
export function loadPageViews(
  { production }: Pick<Config, 'production'>,
  { isCached = production } = {},
): Views {
  return loadViews(viewsFolder, { isCached, isChecked: !production, shared: SHARED_LOCALS });
}

/** Returns the pages of the operations portal that the user may open. */
type StaffNavigation = (req: Request) => readonly object[];

export function renderPages(
  assets: Assets,
  { production }: Config,
  render: Views,
  staffNavigation: StaffNavigation,
): RequestHandler {
  const cache = new PageCache();

  return (req, res, next) => {
    const renderPage = (view: string, locals: Locals): string => {
      // A spread into a new object of this size is slow.
      const common = commonLocals(req, res, assets, staffNavigation);
      const all: Locals = Object.assign(common, locals);
      all['flashes'] ??= shownFlashes(req, res, common.t);
      all['body'] = render(view, all);
      return render(`layouts/${all['layout'] as string}`, all);
    };
    res.page = (view, locals) => sendHtml(res, renderPage(view, locals));
    res.anonymousPage = (view, locals) => {
      // In development a changed view is shown immediately.
      if (!production || !isCacheable(req, res)) return res.page(view, locals);
      cache.send(req, res, view, locals, () => renderPage(view, locals));
    };
    next();
  };
}

/** Node then writes the headers and the page together, which `res.send` does not, because it sends a buffer. */
function sendHtml(res: Response, html: string): void {
  res.setHeader('Content-Type', 'text/html; charset=utf-8');
  res.setHeader('Content-Length', Buffer.byteLength(html));
  res.end(html);
}

/** The user's locale, else the tenant's. The operations portal and the console are in English. */
export function localeOf(req: Request): string {
  if (req.portal.kind === 'platform') return 'en';
  const { kind, tenant } = req.portal;
  return kind === 'account' ? (req.user?.locale ?? tenant.locale) : staffLocale(tenant.locale);
}

/** The words of the page in its language. */
export function translateFor(req: Request): Translate {
  const vocabulary = req.portal.kind === 'platform' ? 'storage' : req.portal.tenant.vocabulary;
  return withVocabulary(translator(localeOf(req)), vocabulary);
}

function commonLocals(req: Request, res: Response, assets: Assets, staffNavigation: StaffNavigation) {
  const locale = localeOf(req);
  const tenant = req.portal.kind === 'platform' ? undefined : req.portal.tenant;
  const vocabulary = tenant?.vocabulary ?? 'storage';
  const t = translateFor(req);
  const hasPendingSteps = (req.currentLogin?.pending.length ?? 0) > 0;
  return {
    t,
    lineText: (line: DescribedLine) => lineText(t, line),
    locale,
    dir: direction(locale),
    tenant_name: tenant?.name ?? 'Portico',
    contact: tenant ? contactOf(tenant) : null,
    logo: tenant?.logo ? logoImages(tenant.logo) : null,
    portal_kind: req.portal.kind,
    vocabulary,
    layout: req.portal.kind,
    portal_path: portalPath(req, ''),
    csrf_token: csrfTokenToRender(req),
    form_key: formKeyToRender(req),
    asset: (name: string) => assets.href(name),
    theme_href: tenant?.theme.href ?? null,
    is_setup_open: tenant ? !tenant.is_setup_hidden : false,
    icon_href: tenant?.icon_href ?? platformIcon,
    current_path: req.pathname,
    user: req.user ?? null,
    has_pending_steps: hasPendingSteps,
    ...navigation(req, hasPendingSteps, staffNavigation),
    operator: req.operator ?? null,
    actor_name: req.actor?.name ?? '',
    can: (permission: string) => !hasPendingSteps && (req.actor?.permissions.has(permission) ?? false),
    form: emptyForm,
    status: res.statusCode,
    ...cachedFormatters(locale, req.user?.time_zone ?? tenant?.time_zone ?? 'UTC'),
  };
}

function navigation(req: Request, hasPendingSteps: boolean, staffNavigation: StaffNavigation) {
  if (hasPendingSteps || !req.user) return { nav: [], switcher: [], switch_href: null };
  return req.portal.kind === 'operations'
    ? { nav: staffNavigation(req), switcher: [], switch_href: null }
    : customerNavigation(req);
}

function shownFlashes(req: Request, res: Response, t: Translate) {
  return consumeFlashes(req, res).map(({ kind, text, params }) => ({ kind, text: t(text, params) }));
}

function contactOf({ contact_email: email, contact_phone: phone }: Tenant) {
  return { email, phone, phone_href: phone && phoneHref(phone) };
}

export function logoImages(logo: Logo) {
  const { width, height } = logo;
  return { width, height, small: logoPath(logo, 'small'), large: logoPath(logo, 'large') };
}

function cachedFormatters(locale: string, timeZone: string): ReturnType<typeof formatters> {
  const key = `${locale} ${timeZone}`;
  const known = formatterCache.get(key) ?? formatters(locale, timeZone);
  formatterCache.set(key, known);
  return known;
}
