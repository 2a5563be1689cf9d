import { contrast } from '../domain/brand/brand-colours.ts';
import { logoPath } from '../domain/brand/logo.ts';
import type { Audience, TemplateName } from '../domain/email/email-templates.ts';
import { emailLink } from '../domain/email/queue-email.ts';
import type { Tenant } from '../domain/tenant/tenant.ts';
import { withReadableAddresses } from '../domain/text/email-address.ts';
import { formatters, staffLocale, supportedLocale } from '../locales/locales.ts';
import { direction, translator, type Translate } from '../locales/translate.ts';
import { withVocabulary } from '../locales/vocabulary.ts';
import { viewsFolder } from '../project-folder.ts';
import { loadViews } from '../views.ts';
import { oneLine, subjectLine } from './message.ts';
import type { PreparedEmail } from './prepare-email.ts';

const FONT =
  "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans Arabic', Helvetica, Arial, sans-serif";

export type EmailBranding = Pick<
  Tenant,
  | 'name'
  | 'contact_email'
  | 'contact_phone'
  | 'reply_to'
  | 'portal_origin'
  | 'operations_origin'
  | 'theme'
  | 'logo'
  | 'vocabulary'
>;

export interface EmailContext {
  template: TemplateName;
  audience: Audience;
  locale: string;
  tenant: EmailBranding;
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

export function templateInput({ row, tenant, recipient, token }: PreparedEmail): EmailContext {
  return {
    template: row.template,
    audience: row.audience,
    // The operations portal is in English only.
    locale: row.audience === 'staff' ? staffLocale(tenant.locale) : (recipient?.locale ?? tenant.locale),
    tenant,
    first_name: recipient?.first_name ?? null,
    email: row.to_address,
    link: emailLink(row.template, row.audience, tenant, token, row.variables['path']),
    variables: row.variables,
  };
}

// Checked in production too, because a sent email cannot be corrected.
const renderHtml = loadViews(viewsFolder, { isCached: true, isChecked: true });
const escape = (value?: string | number | null) => withReadableAddresses(String(value ?? ''));
const renderText = loadViews(viewsFolder, { isCached: true, isChecked: true, escape });

/** Their files are read; the views are compiled at their first use. */
export async function openEmailViews(): Promise<void> {
  for (const render of [renderHtml, renderText]) await render.openAll(isEmailView);
}

export function isEmailView(name: string): boolean {
  return name.startsWith('emails/');
}

export function renderEmail(context: EmailContext): RenderedEmail {
  const locals = templateLocals(context);
  const folder = `emails/${context.template}`;
  const subject = renderText(`${folder}/subject`, locals);
  const text = renderText(`${folder}/text`, locals);
  const html = renderHtml(`${folder}/html`, locals);
  return { subject: subjectLine(subject), text: `${text.trim()}\n`, html: html.trim() };
}

function templateLocals(context: EmailContext): Record<string, unknown> {
  const { tenant } = context;
  const variables = templateVariables(context);
  const locale = context.locale === 'en-XA' ? context.locale : supportedLocale(context.locale);
  const dir = direction(locale);
  const translate = withVocabulary(translator(locale), tenant.vocabulary);
  Object.assign(variables, billingTexts(context.variables, locale));
  const t: Translate = (text, params) => translate(text, { ...variables, ...params });

  return {
    ...variables,
    ...brandColours(tenant),
    logo: tenant.logo && {
      src: tenant.portal_origin + logoPath(tenant.logo, 'large'),
      width: tenant.logo.width,
      height: tenant.logo.height,
    },
    t,
    locale,
    dir,
    // Email clients support neither logical alignment nor style sheets.
    side: dir === 'rtl' ? 'right' : 'left',
    font: FONT,
    is_paid: context.variables['open_cents'] === '0',
    pays_by: context.variables['pays_by'] ?? 'transfer',
    is_on: context.variables['is_on'] === 'true',
    is_too_small: context.variables['is_too_small'] === 'true',
    is_refund: context.variables['is_refund'] === 'true',
    is_accepted: context.variables['is_accepted'] === 'true',
    has_people: context.variables['has_people'] === 'true',
    has_companies:
      context.variables['has_people'] !== 'true' || context.variables['has_companies'] === 'true',
    count: Number(context.variables['count'] ?? 0),
    has_reply_to: tenant.reply_to !== null,
    greeting: variables['first_name'] ? t('Hi {first_name},') : t('Hello,'),
  };
}

function templateVariables(context: EmailContext): Record<string, string> {
  const { tenant, audience, variables, link, email, first_name } = context;
  const origin = audience === 'staff' ? tenant.operations_origin : tenant.portal_origin;
  return {
    tenant_name: oneLine(tenant.name),
    portal_host: new URL(origin).host,
    contact: contactText(tenant),
    first_name: oneLine(first_name ?? ''),
    email,
    inviter_name: oneLine(variables['inviter_name'] || tenant.name),
    company_name: oneLine(variables['company_name'] ?? ''),
    new_email: oneLine(variables['new_email'] ?? ''),
    subject: oneLine(variables['subject'] ?? ''),
    purpose: variables['purpose'] ?? '',
    needs: variables['needs'] ?? '',
    link,
  };
}

/** Amounts and days are stored as they are and formatted in the language of the email. */
function billingTexts(variables: Record<string, string>, locale: string): Record<string, string> {
  const { formatDay, formatMoney } = formatters(locale, 'UTC');
  const money = (name: string) =>
    variables[name] ? formatMoney(BigInt(variables[name]), variables['currency']!) : '';
  const day = (name: string) => (variables[name] ? formatDay(variables[name]) : '');
  const text = (name: string) => oneLine(variables[name] ?? '');
  return {
    label: text('label'),
    unpaid_label: text('unpaid_label'),
    reference: text('reference'),
    reason: text('reason'),
    customer: text('customer'),
    method: text('method'),
    author: text('author'),
    body: variables['body'] ?? '',
    unit: text('unit_code'),
    old_unit: text('old_unit_code'),
    new_unit: text('new_unit_code'),
    amount: money('amount_cents'),
    old_amount: money('old_amount_cents'),
    open: money('open_cents'),
    applied: money('applied_cents'),
    credit: money('credit_cents'),
    scheduled: money('scheduled_cents'),
    tax: money('tax_cents'),
    due: day('due_on'),
    day: day('on'),
    last_day: day('until'),
  };
}

function contactText({ name, contact_email, contact_phone }: EmailBranding): string {
  const ways = [contact_email, contact_phone].filter((way) => way !== null);
  return ways.length > 0 ? ways.join(' · ') : oneLine(name);
}

function brandColours({ theme }: EmailBranding) {
  const { brand, on_brand, ink_dark } = theme.colours;
  // A button in a nearly white brand colour needs a visible border.
  const edge = contrast(brand, '#ffffff') < 1.25 ? '#c3c8d0' : brand;
  return { brand, on_brand, edge, brand_dark: ink_dark };
}
