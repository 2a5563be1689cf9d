import { expect } from 'chai';
import { loginLetter } from '../../../src/domain/user/login-letter.ts';

const tenant = { name: 'Harbour Storage', locale: 'en', portal_origin: 'https://my.harbour.example' };

describe('the letter on how to log in', () => {
  it('names the person, the tenant and the tenant’s own addresses', () => {
    expect(loginLetter({ name: 'Ada Byron', locale: null }, tenant)).to.equal(
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

  it('greets somebody without a name, and speaks the language of the person, else of the tenant', () => {
    const arabic = { ...tenant, locale: 'ar' };
    expect(loginLetter({ name: '', locale: null }, tenant)).to.match(/^Hello,\n/);
    expect(loginLetter({ name: '', locale: null }, arabic)).to.include('«هل نسيت كلمة المرور؟»');
    expect(loginLetter({ name: '', locale: 'en' }, arabic)).to.include("'Forgot password?'");
  });

  it('takes braces in a name for what they are', () => {
    expect(loginLetter({ name: '{login_url}', locale: null }, tenant)).to.match(/^Hi \{login_url\},/);
  });
});
