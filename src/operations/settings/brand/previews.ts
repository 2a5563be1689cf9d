import { Router, type Request } from 'express';
import { formatDraft, parseDraft } from '../../../domain/brand/brand-draft.ts';
import { findLogo } from '../../../domain/brand/logo.ts';
import { theme } from '../../../domain/brand/theme-css.ts';
import type { Tenant } from '../../../domain/tenant/tenant.ts';
import { may } from '../../../http/guards.ts';
import { logoImages } from '../../../http/render-page.ts';
import { allowFraming, sendEmailHtml } from '../../../http/security-headers.ts';
import { supportedLocale } from '../../../locales/locales.ts';
import { direction, translator } from '../../../locales/translate.ts';
import { previewEmail } from '../../../mail/preview-email.ts';

const PATH = '/settings/brand';

/** What the page of the brand shows of a draft. */
export const brandPreviews = Router();

brandPreviews.get('/theme', may('brand.edit'), (req, res) => {
  res.type('css').send(theme({ color: draftOf(req).color }).css);
});

brandPreviews.get('/login', may('brand.edit'), async (req, res) => {
  const { logo } = await draftTenant(req);
  const locale = supportedLocale(req.tenant.locale);
  allowFraming(res);
  res.page('operations/settings/brand/login', {
    title: 'Log in',
    layout: 'account',
    portal_kind: 'account',
    user: null,
    // The message belongs to the page around the frame.
    flashes: [],
    t: translator(locale),
    locale,
    dir: direction(locale),
    logo: logo && logoImages(logo),
    theme_href: `${PATH}/theme?${formatDraft(draftOf(req))}`,
    next: '',
  });
});

brandPreviews.get('/email/html', may('brand.edit'), async (req, res) => {
  const { html } = previewEmail('accountActivation', await draftTenant(req), {
    inviter_name: req.actor.name,
  });
  sendEmailHtml(res, html, { images: req.tenant.portal_origin });
});

function draftOf({ query, tenant }: Request) {
  const { logo, theme } = tenant;
  return parseDraft(query, { color: theme.colours.brand, logo: logo?.hash ?? null });
}

async function draftTenant(req: Request): Promise<Tenant> {
  const { color, logo } = draftOf(req);
  const [stored] = await req.readTenant((db) => [findLogo(db, logo ?? '')]);
  return { ...req.tenant, theme: theme({ color }), logo: stored ?? null };
}
