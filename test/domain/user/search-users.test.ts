import { expect } from 'chai';
import { searchTerm } from '../../../src/domain/user/search-users.ts';

describe('what is looked for among users', () => {
  it('is the words without accents, case and doubled spaces', () => {
    expect(searchTerm('  Émilie   DU ')).to.equal('emilie du');
    expect(searchTerm('سارة')).to.equal('سارة');
  });

  it('is the digits of what looks like a phone number, without the zero of a national one', () => {
    expect(searchTerm('+44 (0)20-7946')).to.equal('+440207946');
    expect(searchTerm('020 7946')).to.equal('207946');
    expect(searchTerm('000')).to.equal('000');
    expect(searchTerm('12')).to.equal('12');
  });

  it('is no longer than a name can be', () => {
    expect(Array.from(searchTerm('😀'.repeat(500)))).to.have.length(100);
  });
});
