import { expect } from 'chai';
import { seal, unseal } from '../../../src/domain/token/seal.ts';

const older = 'o'.repeat(32);
const newer = 'n'.repeat(32);

describe('seal and unseal', () => {
  it('decrypt a secret with a key that is still listed after rotation', () => {
    const sealed = seal([older], 'row-1', 'secret');
    expect(unseal([older], 'row-1', sealed)).to.equal('secret');
    expect(unseal([newer, older], 'row-1', sealed)).to.equal('secret');
  });

  it('return undefined for another row, another key and altered bytes', () => {
    const sealed = seal([older], 'row-1', 'secret');
    const altered = Buffer.from(sealed);
    altered[altered.length - 1]! ^= 1;
    expect(unseal([older], 'row-2', sealed)).to.equal(undefined);
    expect(unseal([newer], 'row-1', sealed)).to.equal(undefined);
    expect(unseal([older], 'row-1', altered)).to.equal(undefined);
    expect(unseal([older], 'row-1', Buffer.from('short'))).to.equal(undefined);
  });

  it('encrypt the same secret to different bytes each time', () => {
    const [one, other] = [1, 2].map(() => seal([older], 'row-1', 'secret'));
    expect(one!.equals(other!)).to.equal(false);
    expect(one!.includes('secret')).to.equal(false);
  });
});
