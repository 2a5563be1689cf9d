import { expect } from 'chai';
import { toAsciiDigits } from '../src/digits.ts';

describe('toAsciiDigits', () => {
  for (const digits of [
    '٠١٢٣٤٥٦٧٨٩',
    '۰۱۲۳۴۵۶۷۸۹',
    '０１２３４５６７８９',
    '०१२३४५६७८९',
    '๐๑๒๓๔๕๖๗๘๙',
    '𝟬𝟭𝟮𝟯𝟰𝟱𝟲𝟳𝟴𝟵',
  ])
    it(`reads ${digits}`, () => expect(toAsciiDigits(digits)).to.equal('0123456789'));

  it('returns a digit for every decimal digit of Unicode and keeps other characters', () => {
    for (let codePoint = 0x80; codePoint <= 0x1ffff; codePoint += 1) {
      const character = String.fromCodePoint(codePoint);
      if (/\p{Nd}/u.test(character)) expect(toAsciiDigits(character)).to.match(/^[0-9]$/);
      else if (toAsciiDigits(character) !== character) expect.fail(codePoint.toString(16));
    }
    expect(toAsciiDigits('²½Ⅷ一a1')).to.equal('²½Ⅷ一a1');
  });
});
