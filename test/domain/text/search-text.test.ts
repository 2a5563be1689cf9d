import { expect } from 'chai';
import { parseEmailAddress } from '../../../src/domain/text/email-address.ts';
import { emailWords, personTerm, searchTerm, searchText } from '../../../src/domain/text/search-text.ts';

describe('searchText', () => {
  it('has the parts of a name and both orders without a space, each after a space', () => {
    expect(searchText({ names: ['Ada', 'Obi'], words: ['ada@x.co', ''] })).to.equal(
      ' ada obi ada@x.co adaobi obiada',
    );
    expect(searchText({ names: ['小明', '王'], words: [] })).to.equal(' 小明 王 小明王 王小明');
    expect(searchText({ names: ['', ''], words: [] })).to.equal('');
  });
});

describe('emailWords', () => {
  it('returns only the address itself for a domain without a hyphen', () => {
    expect(new Set(emailWords(parseEmailAddress('ada@firm.co')!))).to.eql(new Set(['ada@firm.co']));
  });

  it('returns an internationalised domain also in Unicode', () => {
    expect(emailWords(parseEmailAddress('grace@münchen.de')!)).to.eql([
      'grace@xn mnchen 3ya.de',
      'xn mnchen 3ya.de',
      'grace@munchen.de',
    ]);
  });
});

describe('searchTerm', () => {
  it('returns each word once', () => {
    expect(searchTerm('  Émilie   DU émilie')).to.equal('emilie du');
  });

  it('returns a sign that names do not contain, so that the search finds nothing', () => {
    expect(searchTerm('%')).to.equal('%');
    expect(searchTerm(' \\ ')).to.equal('\\');
    expect(searchTerm('\u0301')).to.equal('');
    expect(searchTerm('\u200b \u202e')).to.equal('');
  });

  it('returns at most 100 code units and no part of a character', () => {
    expect(searchTerm('😀'.repeat(500))).to.equal('😀'.repeat(50));
    expect(searchTerm(`${'a'.repeat(99)} b`)).to.equal('a'.repeat(99));
  });
});

describe('personTerm', () => {
  for (const [typed, term] of [
    ['+44 (0)20-794', '4420794'],
    ['020 7946', '207946'],
    ['(020) 7946 0000', '9460000'],
    ['+44 20 7946 0000', '9460000'],
    ['0044.20.7946.0000', '9460000'],
    ['tel:+44-20-7946-0000', '9460000'],
    ['\u202a+44 20 7946 0000\u202c', '9460000'],
    ['+٤٤ ٢٠ ٧٩٤٦ ٠٠٠٠', '9460000'],
    ['０２０‐７９４６‐００００', '9460000'],
    ['000', '000'],
    ['12', '12'],
    ['Ada 7946', 'ada 7946'],
  ] as const)
    it(`returns ${term} for ${typed}`, () => expect(personTerm(typed)).to.equal(term));
});
