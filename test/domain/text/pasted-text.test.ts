import { expect } from 'chai';
import { cleanLine, cleanText } from '../../../src/domain/text/pasted-text.ts';

describe('cleanLine', () => {
  for (const [kind, typed, cleaned] of [
    ['a zero-width space before an address', '\u200bada@x.co', 'ada@x.co'],
    ['a byte order mark and directions', '\ufeff\u202aAda\u202c\u200f', 'Ada'],
    ['an overriding direction inside', 'Ada\u202ego.exe', 'Adago.exe'],
    ['isolated directions and an Arabic letter mark', '\u2066\u061cAda\u2069', 'Ada'],
    ['soft hyphens and word joiners', 'Love\u00adlace\u2060', 'Lovelace'],
    ['invisible mathematical operators and tags', 'A\u2062da\u{e0041}', 'Ada'],
    ['a vertical tab of Word', 'Ada\vLovelace\v', 'Ada Lovelace'],
    ['form feeds, tabs and spaces of other widths', '\fAda\u00a0Love\tlace\u2003\u3000', 'Ada Love lace'],
    ['a line break at the end', 'Ada\r\n', 'Ada'],
    ['decomposed letters', 'Zoe\u0308', 'Zoë'],
    ['a non-joiner at the end of a word', 'علی\u200c', 'علی'],
    ['a joiner alone', '\u200d', ''],
    ['only invisible characters', '\u200b\u2060\ufe0f\u00ad', ''],
    ['Hangul fillers and blank Braille', '\u3164\uffa0\u2800\u115f', ''],
  ] as const)
    it(`cleans ${kind}`, () => expect(cleanLine(typed)).to.equal(cleaned));

  for (const text of [
    'علی\u200cرضا',
    'क्\u200dष',
    '👩\u200d💻',
    '👨🏽\u200d💻',
    '❤\ufe0f',
    'O’Brien',
    '山田',
    'a\nb',
    '-',
  ])
    it(`keeps ${JSON.stringify(text)}`, () => expect(cleanLine(text)).to.equal(text));
});

describe('cleanText', () => {
  it('treats each character of ASCII alike in texts with and without other letters', () => {
    for (let code = 1; code < 128; code += 1) {
      const text = ` A${String.fromCharCode(code)}b`;
      expect(cleanText(`${text}é`), JSON.stringify(text)).to.equal(`${cleanText(`${text}e`).slice(0, -1)}é`);
      expect(cleanLine(`${text}é`), JSON.stringify(text)).to.equal(`${cleanLine(`${text}e`).slice(0, -1)}é`);
    }
  });

  it('keeps line breaks and tabs of a text of several lines', () => {
    expect(cleanText('\u200bOne\r\n\r\n\tTwo\u00a0\v2\rThree\u2028Four \n')).to.equal(
      'One\n\n\tTwo  2\nThree\nFour',
    );
    expect(cleanText(' \n\u200b\u3164\n')).to.equal('');
  });
});
