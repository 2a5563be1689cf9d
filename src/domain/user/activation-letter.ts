import { formatters, supportedLocale } from '../../locales/locales.ts';
import { direction, translator } from '../../locales/translate.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { formatActivationCode } from './activation-code.ts';
import type { User } from './user-queries.ts';

/** For a user without an email address, in their language. */
export function activationLetter(
  user: Pick<User, 'name' | 'locale'>,
  tenant: Pick<Tenant, 'name' | 'locale' | 'time_zone' | 'portal_origin' | 'reply_to'>,
  { code, expires_at }: { code: string; expires_at: Date },
) {
  const locale = supportedLocale(user.locale ?? tenant.locale);
  const t = translator(locale);
  const day = formatters(locale, tenant.time_zone).formatDateTime(expires_at);
  return {
    locale,
    dir: direction(locale),
    heading: t('Your access to {tenant_name}', { tenant_name: tenant.name }),
    greeting: t('Hi {name},', { name: user.name }),
    intro: t('We have set up your {tenant_name} account. To log in for the first time:', {
      tenant_name: tenant.name,
    }),
    steps: [
      t('Open {address}', { address: `${tenant.portal_origin}/account/activate` }),
      t('Enter this activation code'),
      t('Enter your email address and a new password'),
    ],
    code: formatActivationCode(code),
    validity: t('The code is valid until {day} and works once.', { day }),
    contact:
      tenant.reply_to && t('If you have questions, contact us at {contact}', { contact: tenant.reply_to }),
  };
}
