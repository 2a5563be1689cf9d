import bidiFactory from 'bidi-js/dist/bidi.mjs';
import { expect } from 'chai';
import { create } from 'fontkit';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { loadFonts, type Fonts } from '../../src/pdf/fonts.ts';
import { fontsFolder } from '../../src/project-folder.ts';
import { paragraphDirection, visualRuns, wrapText, type Direction } from '../../src/pdf/pdf-text.ts';

const MIXED_LINES = [
  'Invoice INV-00042 (copy)',
  'فاتورة رقم INV-00042 (نسخة)',
  'المبلغ المستحق: 1,234.56 US$ (شامل 15%)',
  '17 من 31 يومًا من 100.00 ₪',
  'مخزن ١٢٣ (١٢) — وحدة A-12 [3.5 × 2 م²]',
  'Unit ۱۲ and ١٢٣ (Hebrew: שלום 45) €12',
  'عميل: John Smith & Co. (Ltd.) — هاتف +966 50 123 4567',
  'السَّلامُ عَلَيْكُم',
  '12 King St., Unit 4 (rear)',
  '\u200f54.84 US$',
  'كلمة (بين قوسين) و{أقواس} و<زوايا> «اقتباس»',
];

describe('the text of a PDF', () => {
  let fonts: Fonts;

  before(async () => {
    fonts = await loadFonts();
  });

  const runsOf = (text: string, base: Direction = 'rtl') => visualRuns({ text, base }, 'regular', fonts);

  /** The characters from the left to the right, as pdfkit draws the glyphs of the font. */
  const drawn = (text: string, base: Direction) =>
    runsOf(text, base)
      .flatMap((run) =>
        run.isRtl ? glyphsOf(run.text, ['rtla']) : run.text.split(/(?<= )/).flatMap(glyphsOf),
      )
      .join('');

  /** A ligature is one glyph of several letters. */
  const glyphsOf = (text: string, features: unknown) => {
    const isRtl = Array.isArray(features);
    const { glyphs } = isRtl ? fonts.regular.layout(text, ['rtla']) : fonts.regular.layout(text);
    return glyphs.map(({ codePoints }) =>
      String.fromCodePoint(...(isRtl ? codePoints.toReversed() : codePoints)),
    );
  };

  for (const base of ['ltr', 'rtl'] as const) {
    for (const line of MIXED_LINES) {
      it(`is in the order of the Unicode Bidirectional Algorithm in a ${base} line: ${line}`, () => {
        const bidi = bidiFactory();
        const expected = bidi.getReorderedString(line, bidi.getEmbeddingLevels(line, base));
        expect(drawn(line, base)).to.equal(expected.replaceAll('\u200f', ''));
      });
    }
  }

  it('has the letters of a glyph that was read before as a part of another one', async () => {
    const letter = '\u{1d7d8}';
    const other = create(await readFile(path.join(fontsFolder, 'DejaVuSans.ttf')));
    const { id } = other.layout(letter).glyphs[0]!;
    expect(fonts.regular.getGlyph(id)!.codePoints).to.eql([]);
    expect(fonts.regular.layout(letter).glyphs[0]!.codePoints).to.eql([letter.codePointAt(0)]);
  });

  it('keeps the letters of a right-to-left run in their order, because the font reverses them', () => {
    expect(runsOf('رقم INV-1')).to.eql([
      { text: 'INV-1', font: 'regular', isRtl: false },
      { text: 'رقم ', font: 'regular', isRtl: true },
    ]);
  });

  it('is drawn in the regular font where the bold one has no glyph', () => {
    const bold = { ...fonts.bold, hasGlyphForCodePoint: (code: number) => code !== '₪'.codePointAt(0) };
    const runs = visualRuns({ text: '5 ₪ net', base: 'ltr' }, 'bold', { ...fonts, bold });
    expect(runs.map(({ text, font }) => [text, font])).to.eql([
      ['5 ', 'bold'],
      ['₪', 'regular'],
      [' net', 'bold'],
    ]);
  });

  it('has the direction of its first letter, without letters that of the document', () => {
    expect(paragraphDirection('12 King St.', 'rtl')).to.equal('ltr');
    expect(paragraphDirection('12 شارع', 'ltr')).to.equal('rtl');
    expect(paragraphDirection('\u200f54.84 US$', 'ltr')).to.equal('rtl');
    expect(paragraphDirection('12/5', 'rtl')).to.equal('rtl');
  });

  describe('that is wrapped', () => {
    const wrap = (text: string, width = 10) =>
      wrapText(text, { width, fallback: 'ltr', measure: (part) => part.length }).map((line) => line.text);

    it('is broken at spaces', () => {
      expect(wrap('one two three four')).to.eql(['one two', 'three four']);
    });

    it('is broken at line breaks', () => {
      expect(wrap('one\r\n\ntwo')).to.eql(['one', '', 'two']);
    });

    it('is broken between letters where a word is wider than the line', () => {
      expect(wrap('abcdefghijklmno pq')).to.eql(['abcdefghij', 'klmno pq']);
    });

    it('keeps a letter with its marks', () => {
      expect(wrap('e\u0301e\u0301e\u0301', 2)).to.eql(['e\u0301', 'e\u0301', 'e\u0301']);
    });

    it('keeps the direction of the paragraph in every line', () => {
      const lines = wrapText('فاتورة INV-00042 PO-7', {
        width: 9,
        fallback: 'ltr',
        measure: (part) => part.length,
      });
      expect(lines.map(({ base }) => base)).to.eql(['rtl', 'rtl', 'rtl']);
    });
  });
});
