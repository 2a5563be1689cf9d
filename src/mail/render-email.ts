import path from 'node:path';
import ejs from 'ejs';
import { contrast } from '../domain/brand/brand-colours.ts';
import type { Tenant } from '../domain/tenant/tenant.ts';
import { knownLocale } from '../locales/locales.ts';
import { direction, translator, type Translate } from '../locales/translate.ts';
import { viewsFolder } from '../project-folder.ts';
import type { Audience, EmailName } from '../domain/email/email-templates.ts';
import { oneLine } from './one-line.ts';

const FONT =
  "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans Arabic', Helvetica, Arial, sans-serif";

/** What a mail needs to know of its tenant. */
export type Letterhead = Pick<Tenant, 'name' | 'reply_to' | 'portal_origin' | 'operations_origin' | 'theme'>;

export interface Letter {
  template: EmailName;
  audience: Audience;
  locale: string;
  tenant: Letterhead;
  /** The person greeted, and the address the mail goes to. */
  first_name: string | null;
  email: string;
  link: string;
  variables: Record<string, string>;
}

export interface RenderedEmail {
  subject: string;
  text: string;
  html: string;
}

/** The three parts of a mail, from its templates and its words. */
export async function renderEmail(letter: Letter): Promise<RenderedEmail> {
  const locals = localsOf(letter);
  const [subject, text, html] = await Promise.all([
    renderPart(letter.template, 'subject', locals),
    renderPart(letter.template, 'text', locals),
    renderPart(letter.template, 'html', locals),
  ]);
  return { subject: oneLine(subject), text: `${text.trim()}\n`, html: html.trim() };
}

function renderPart(template: EmailName, part: 'subject' | 'text' | 'html', locals: object): Promise<string> {
  const file = path.join(viewsFolder, 'emails', template, `${part}.ejs`);
  const asItIs = (value: string) => value;
  const options = { root: viewsFolder, cache: true, ...(part === 'html' ? {} : { escape: asItIs }) };
  return ejs.renderFile(file, locals, options);
}

function localsOf(letter: Letter): Record<string, unknown> {
  const { tenant } = letter;
  const words = wordsOf(letter);
  const locale = letter.locale === 'en-XA' ? letter.locale : knownLocale(letter.locale);
  const dir = direction(locale);
  // A mail's sentences take their words by name, so that the templates read like the mail.
  const translate = translator(locale);
  const t: Translate = (text, params) => translate(text, { ...words, ...params });

  return {
    ...words,
    ...coloursOf(tenant),
    t,
    locale,
    dir,
    // Mail readers know neither logical alignment nor style sheets, so both are written out.
    side: dir === 'rtl' ? 'right' : 'left',
    font: FONT,
    is_answered: tenant.reply_to !== null,
    greeting: words['first_name'] ? t('Hi {first_name},') : t('Hello,'),
  };
}

function wordsOf({ tenant, audience, variables, link, email, first_name }: Letter): Record<string, string> {
  const origin = audience === 'staff' ? tenant.operations_origin : tenant.portal_origin;
  return {
    tenant_name: oneLine(tenant.name),
    portal_host: new URL(origin).host,
    contact: tenant.reply_to ?? oneLine(tenant.name),
    first_name: oneLine(first_name ?? ''),
    email,
    inviter_name: oneLine(variables['inviter_name'] || tenant.name),
    company_name: oneLine(variables['company_name'] ?? ''),
    new_email: oneLine(variables['new_email'] ?? ''),
    purpose: variables['purpose'] ?? '',
    link,
  };
}

function coloursOf({ theme }: Letterhead) {
  const { brand, on_brand, ink_dark } = theme.colours;
  // A brand as good as white would leave a button without an edge.
  const edge = contrast(brand, '#ffffff') < 1.25 ? '#c3c8d0' : brand;
  return { brand, on_brand, edge, brand_dark: ink_dark };
}
