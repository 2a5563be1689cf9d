import { translator } from '../../locales/translate.ts';

/** What staff send a customer themselves: how to get in the first time. In the customer's language. */
export function loginLetter(
  user: { name: string; locale: string | null },
  tenant: { name: string; locale: string; portal_origin: string },
): string {
  const t = translator(user.locale ?? tenant.locale);
  const login_url = `${tenant.portal_origin}/account/login`;
  const billing_url = `${tenant.portal_origin}/account/billing`;
  return [
    user.name ? t('Hi {name},', { name: user.name }) : t('Hello,'),
    '',
    t('your {tenant_name} account is ready. To get in the first time:', { tenant_name: tenant.name }),
    '',
    t('1. Open {login_url}', { login_url }),
    t("2. Choose 'Forgot password?'"),
    t('3. Type this email address; we send you a link'),
    t('4. Choose a password and log in'),
    '',
    t('Your payment details live at {billing_url}', { billing_url }),
    t('Questions? Just reply to this email.'),
    '',
    tenant.name,
  ].join('\n');
}
