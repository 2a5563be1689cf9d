import { expect } from 'chai';
import fc from 'fast-check';
import { parseSearch } from '../../../src/domain/search/parse-search.ts';

const plain = { key: null, isNegated: false, isQuoted: false };

describe('parseSearch()', () => {
  it('returns words', () => {
    expect(parseSearch('  Ada   lovelace ')).to.eql([
      { ...plain, text: 'Ada' },
      { ...plain, text: 'lovelace' },
    ]);
  });

  it('returns quoted phrases, also of curly quotes and without the closing one', () => {
    const phrase = { ...plain, text: 'Ada Lovelace', isQuoted: true };
    for (const text of [
      '"Ada Lovelace"',
      '“Ada Lovelace”',
      '«Ada Lovelace»',
      '"Ada Lovelace',
      '" Ada Lovelace "',
    ])
      expect(parseSearch(text), text).to.eql([phrase]);
  });

  it('returns keys in lower case with their values', () => {
    expect(parseSearch('companyName:Acme phone:"020 79" first_name:A')).to.eql([
      { ...plain, key: 'companyname', text: 'Acme' },
      { ...plain, key: 'phone', text: '020 79', isQuoted: true },
      { ...plain, key: 'first_name', text: 'A' },
    ]);
  });

  it('negates words, phrases and keys after a hyphen', () => {
    expect(parseSearch('-ada -"ada l" -role:admin -role:"view only"')).to.eql([
      { ...plain, text: 'ada', isNegated: true },
      { ...plain, text: 'ada l', isNegated: true, isQuoted: true },
      { key: 'role', text: 'admin', isNegated: true, isQuoted: false },
      { key: 'role', text: 'view only', isNegated: true, isQuoted: true },
    ]);
  });

  it('returns as words what is no key with a value', () => {
    for (const text of ['12:30', 'name:', ':', ':x', '-', 'a-b', '+44:20', '@'])
      expect(parseSearch(text), text).to.eql([{ ...plain, text }]);
  });

  it('keeps colons and hyphens in a value', () => {
    expect(parseSearch('address:a:b-c')).to.eql([{ ...plain, key: 'address', text: 'a:b-c' }]);
  });

  it('returns no terms for an empty text and for empty quotes', () => {
    for (const text of ['', '  ', '""', 'name:""', '"']) expect(parseSearch(text), text).to.eql([]);
  });

  it('returns terms with a text for any input', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('"', '-', ':', 'name:', ' ', '“', '\\', '%', '\u0000', '\ud800'),
    );
    const texts = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(texts, (text) => {
        for (const term of parseSearch(text)) {
          expect(term.text.trim()).to.equal(term.text).and.not.equal('');
          expect(text).to.include(term.text);
        }
      }),
    );
  });

  it('returns the words and conditions that a text was written from', () => {
    const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
    const term = fc.record({
      key: fc.option(fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/)),
      text: fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(' ')),
      isNegated: fc.boolean(),
      isQuoted: fc.boolean(),
    });
    const terms = fc.array(
      term.map((each) => ({ ...each, isQuoted: each.isQuoted || each.text.includes(' ') })),
    );
    fc.assert(
      fc.property(terms, (given) => {
        const written = given.map(
          ({ key, text, isNegated, isQuoted }) =>
            `${isNegated ? '-' : ''}${key === null ? '' : `${key}:`}${isQuoted ? `"${text}"` : text}`,
        );
        expect(parseSearch(written.join(' '))).to.eql(given);
      }),
    );
  });

  it('parses a long text in linear time', () => {
    for (const text of [
      'a'.repeat(2e5),
      '-'.repeat(2e5),
      'a:'.repeat(1e5),
      '"'.repeat(2e5),
      'a-'.repeat(1e5),
    ]) {
      const start = performance.now();
      parseSearch(text);
      expect(performance.now() - start, text.slice(0, 4)).to.be.below(2_000);
    }
  });
});
