import { expect } from 'chai';
import { openToken, sealToken } from '../../src/mail/seal-token.ts';

const older = 'o'.repeat(32);
const newer = 'n'.repeat(32);

describe('sealToken and openToken', () => {
  it('open a token with a key that is still listed after rotation', () => {
    const sealed = sealToken([older], 'mail-1', 'secret');
    expect(openToken([older], 'mail-1', sealed)).to.equal('secret');
    expect(openToken([newer, older], 'mail-1', sealed)).to.equal('secret');
  });

  it('return undefined for another email, another key and altered bytes', () => {
    const sealed = sealToken([older], 'mail-1', 'secret');
    const altered = Buffer.from(sealed);
    altered[altered.length - 1]! ^= 1;
    expect(openToken([older], 'mail-2', sealed)).to.equal(undefined);
    expect(openToken([newer], 'mail-1', sealed)).to.equal(undefined);
    expect(openToken([older], 'mail-1', altered)).to.equal(undefined);
    expect(openToken([older], 'mail-1', Buffer.from('short'))).to.equal(undefined);
  });

  it('encrypt the same token to different bytes each time', () => {
    const [one, other] = [1, 2].map(() => sealToken([older], 'mail-1', 'secret'));
    expect(one!.equals(other!)).to.equal(false);
    expect(one!.includes('secret')).to.equal(false);
  });
});
