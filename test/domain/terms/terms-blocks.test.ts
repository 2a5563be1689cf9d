import { expect } from 'chai';
import { defaultTerms } from '../../../src/domain/tenant/default-terms.ts';
import { termsBlocks } from '../../../src/domain/terms/terms-blocks.ts';

describe('termsBlocks', () => {
  const kinds = (body: string) => termsBlocks(body).map(({ kind }) => kind);
  const headings = (body: string) =>
    termsBlocks(body).flatMap(({ kind, text }) => (kind === 'heading' ? [text] : []));

  it('returns one paragraph per text between empty lines and keeps single line breaks', () => {
    expect(termsBlocks('Be kind,\nalways.\n \n\nPay in time.\n')).to.deep.equal([
      { kind: 'paragraph', text: 'Be kind,\nalways.' },
      { kind: 'paragraph', text: 'Pay in time.' },
    ]);
    expect(termsBlocks('')).to.deep.equal([]);
  });

  it('returns a short line before an empty line as a heading', () => {
    expect(headings('Payments\n\nYou pay monthly.\n\nالدفع\n\nتدفع شهريًا.')).to.deep.equal([
      'Payments',
      'الدفع',
    ]);
    expect(headings(`${'Payments '.repeat(20)}\n\nYou pay monthly.`)).to.deep.equal([]);
    expect(headings('You pay monthly.\n\nYou pay for:\n\nA unit')).to.deep.equal([]);
  });

  it('returns the numbered first line of a paragraph as a heading, and numbered lines as a list', () => {
    for (const heading of ['3. Payments', '3) Payments', '3.1 Payments', '§ 3 Payments', '٣. الدفع'])
      expect(headings(`${heading}\nYou pay monthly.`), heading).to.deep.equal([heading]);
    expect(kinds('1. Bring a lock\n2. Pay monthly')).to.deep.equal(['paragraph']);
    expect(kinds('30 days is the notice\nof this agreement.')).to.deep.equal(['paragraph']);
  });

  for (const locale of ['en', 'ar'])
    it(`finds the eight headings of the default terms in ${locale}`, () => {
      expect(headings(defaultTerms('Acme', locale))).to.have.length(8);
      expect(kinds(defaultTerms('Acme', locale))).to.have.length(16);
    });
});
