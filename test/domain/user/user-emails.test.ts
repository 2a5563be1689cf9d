import { expect } from 'chai';
import { handoverLetter } from '../../../src/domain/user/user-emails.ts';

const tenant = {
  name: 'Harbour Storage',
  locale: 'en',
  portal_origin: 'https://my.harbour.example',
  reply_to: 'hello@harbour.example' as string | null,
};
const ada = {
  name: 'Ada Byron',
  email: 'ada@example.com',
  locale: null as string | null,
  access: 'no_access' as const,
  has_password: false,
};

describe('handoverLetter', () => {
  it('contains the name and address of the user and the name, links and contact of the tenant', () => {
    expect(handoverLetter(ada, tenant)).to.equal(
      [
        'Hi Ada Byron,',
        '',
        'We have set up your Harbour Storage account. To log in for the first time:',
        '',
        '1. Open https://my.harbour.example/account/login',
        "2. Choose 'Forgot password?'",
        '3. Enter ada@example.com; we will email you a link',
        '4. Choose a password and log in',
        '',
        'Your payment details are at https://my.harbour.example/account/billing',
        'If you have questions, contact us at hello@harbour.example',
        '',
        'Harbour Storage',
      ].join('\n'),
    );
  });

  it('tells an active user how to log in and what to do about a forgotten password', () => {
    for (const active of [{ access: 'active' as const }, { has_password: true }])
      expect(handoverLetter({ ...ada, ...active }, tenant)).to.equal(
        [
          'Hi Ada Byron,',
          '',
          'You can log in to your Harbour Storage account with ada@example.com and your password:',
          'https://my.harbour.example/account/login',
          '',
          "If you have forgotten your password, choose 'Forgot password?' on that page.",
          '',
          'Your payment details are at https://my.harbour.example/account/billing',
          'If you have questions, contact us at hello@harbour.example',
          '',
          'Harbour Storage',
        ].join('\n'),
      );
  });

  it('names no contact of a tenant without one and never asks for a reply', () => {
    const letter = handoverLetter(ada, { ...tenant, reply_to: null });
    expect(letter).to.not.match(/question|contact|reply/i);
  });

  it('begins with "Hello" for a user without a name', () => {
    expect(handoverLetter({ ...ada, name: '' }, tenant)).to.match(/^Hello,\n/);
  });

  it('is written in the language of the user, or of the tenant if the user has none', () => {
    const arabic = { ...tenant, locale: 'ar' };
    expect(handoverLetter({ ...ada, name: '' }, arabic)).to.include('«هل نسيت كلمة المرور؟»');
    expect(handoverLetter({ ...ada, name: '', locale: 'en' }, arabic)).to.include("'Forgot password?'");
  });

  it('does not replace placeholders in the name of the user', () => {
    expect(handoverLetter({ ...ada, name: '{login_url}' }, tenant)).to.match(/^Hi \{login_url\},/);
  });
});
