import { expect } from 'chai';
import { searchTerm } from '../../../src/domain/user/user-search.ts';

describe('searchTerm', () => {
  it('removes accents, upper case and repeated spaces', () => {
    expect(searchTerm('  Émilie   DU ')).to.equal('emilie du');
    expect(searchTerm('سارة')).to.equal('سارة');
  });

  it('keeps the digits of a phone number and removes its leading zeros', () => {
    expect(searchTerm('+44 (0)20-7946')).to.equal('+440207946');
    expect(searchTerm('020 7946')).to.equal('207946');
    expect(searchTerm('000')).to.equal('000');
    expect(searchTerm('12')).to.equal('12');
  });

  it('returns at most 100 characters', () => {
    expect(Array.from(searchTerm('😀'.repeat(500)))).to.have.length(100);
  });
});
