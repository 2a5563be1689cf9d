import { expect } from 'chai';
import { handoverLetter } from '../../../src/domain/user/user-emails.ts';

const tenant = { name: 'Harbour Storage', locale: 'en', portal_origin: 'https://my.harbour.example' };

describe('handoverLetter', () => {
  it('contains the names of user and tenant and the links of the tenant', () => {
    expect(handoverLetter({ name: 'Ada Byron', locale: null }, tenant)).to.equal(
      [
        'Hi Ada Byron,',
        '',
        'your Harbour Storage account is ready. To get in the first time:',
        '',
        '1. Open https://my.harbour.example/account/login',
        "2. Choose 'Forgot password?'",
        '3. Type this email address; we send you a link',
        '4. Choose a password and log in',
        '',
        'Your payment details live at https://my.harbour.example/account/billing',
        'Questions? Just reply to this email.',
        '',
        'Harbour Storage',
      ].join('\n'),
    );
  });

  it('begins with "Hello" for a user without a name', () => {
    expect(handoverLetter({ name: '', locale: null }, tenant)).to.match(/^Hello,\n/);
  });

  it('is written in the language of the user, or of the tenant if the user has none', () => {
    const arabic = { ...tenant, locale: 'ar' };
    expect(handoverLetter({ name: '', locale: null }, arabic)).to.include('«هل نسيت كلمة المرور؟»');
    expect(handoverLetter({ name: '', locale: 'en' }, arabic)).to.include("'Forgot password?'");
  });

  it('does not replace placeholders in the name of the user', () => {
    expect(handoverLetter({ name: '{login_url}', locale: null }, tenant)).to.match(/^Hi \{login_url\},/);
  });
});
