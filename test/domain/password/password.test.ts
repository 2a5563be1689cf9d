import { expect } from 'chai';
import { checkPassword } from '../../../src/domain/password/password.ts';

const names = {
  tenant: { name: 'North Storage', slug: 'northstorage' },
  user: ['Li Ada Bo', 'li.bo@example.com'],
  companies: ['Ox & Co'],
};

describe('checkPassword', () => {
  const codeOf = async (password: string) => (await checkPassword(password, 8, names))?.code ?? null;

  it('accepts passphrases and random passwords, in other scripts too', async () => {
    const good = [
      'blue kettle rainy fence',
      'tR4in-lamp-oxide',
      'бабушка солнце трамвай',
      'x9$Lq2!vTz7&wPb4',
    ];
    expect(await Promise.all(good.map(codeOf))).to.deep.equal(good.map(() => null));
  });

  it('refuses common passwords with substituted letters and appended digits', async () => {
    for (const password of ['p@ssword1234', 'P4ssw0rd!2026', 'qwertyuiop123', 'passwordpassword'])
      expect(await codeOf(password), password).to.equal('password_common');
  });

  it('refuses repetitions and sequences', async () => {
    for (const password of ['aaaaaaaaaaaa', 'Hunter2Hunter2', 'abcdefghijkl'])
      expect(await codeOf(password), password).to.match(/^password_(guessable|common)$/);
  });

  it('refuses short parts of names and addresses', async () => {
    expect(await codeOf('adaliboadalibo')).to.equal('password_has_user');
    expect(await codeOf('li.bo@example.com')).to.equal('password_has_user');
    expect(await codeOf('oxcooxcooxco')).to.equal('password_has_company');
  });

  it('names the tenant whose name the password contains', async () => {
    for (const password of ['northstorage2026', 'N0rth5torage!!', 'egarotshtron1'])
      expect(await checkPassword(password, 8, names), password).to.deep.equal({
        code: 'password_has_tenant',
        params: { tenant: 'North Storage' },
      });
  });

  it('estimates long passwords by their first characters', async () => {
    expect(await checkPassword('4@$'.repeat(42), 8, names)).to.not.equal(null);
    const random = 'k2#Vq8!zLw5^Tn9&Rb4*Xm7%Hc3$Gj6@Yd1?'.repeat(3);
    expect(await checkPassword(random, 8, names)).to.equal(null);
  });

  it('does not block the event loop while it estimates', async () => {
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    await Promise.all(Array.from({ length: 10 }, () => codeOf('4@$'.repeat(42))));
    clearInterval(timer);
    expect(longest).to.be.lessThan(400);
  });
});
