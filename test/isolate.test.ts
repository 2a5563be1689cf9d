import bidiFactory from 'bidi-js/dist/bidi.mjs';
import { expect } from 'chai';
import { withoutIsolates } from '../src/isolate.ts';
import { formatters } from '../src/locales/locales.ts';
import { translator } from '../src/locales/translate.ts';

const bidi = bidiFactory();

/** What a screen shows from the left to the right. */
function shown(text: string, base: 'ltr' | 'rtl'): string {
  const reordered = bidi.getReorderedString(text, bidi.getEmbeddingLevels(text, base));
  return reordered.replace(/[\u200e\u200f\u2066-\u2069]/g, '').replaceAll('\u00a0', ' ');
}

/** Arabic letters from the left to the right. */
function leftToRight(letters: string): string {
  return Array.from(letters).toReversed().join('');
}

describe('The order of mixed texts', () => {
  const money = (locale: string) => formatters(locale, 'UTC').formatMoney;

  for (const base of ['ltr', 'rtl'] as const) {
    it(`keeps an Arabic amount readable in a ${base} text`, () => {
      const texts = [554_97n, -300_00n].flatMap((amount) =>
        ['USD', 'GBP', 'SAR'].map((currency) => shown(money('ar')(amount, currency), base)),
      );
      const riyal = leftToRight('ر.س.');
      expect(texts).to.eql([
        'US$ 554.97',
        'UK£ 554.97',
        `${riyal} 554.97`,
        'US$ −300.00',
        'UK£ −300.00',
        `${riyal} −300.00`,
      ]);
    });
  }

  it('keeps an amount readable beside other numbers of a right-to-left sentence', () => {
    const amount = money('ar')(-300_00n, 'USD');
    const t = translator('ar');
    expect(shown(t('Tax {percent} % of {net}', { percent: '20', net: amount }), 'rtl')).to.include(
      'US$ −300.00',
    );
    expect(shown(t('Invoice {label}: {amount}, due {due}', { label: 'INV-7', amount, due: '1' }), 'rtl'))
      .to.include('US$ −300.00')
      .and.include('INV-7');
  });

  it('keeps codes that begin with a digit in one piece in Arabic', () => {
    const t = translator('ar');
    for (const unit of ['101-A', '2 B', '+44 20', 'A-12 (B)'])
      expect(shown(t('Unit {unit}', { unit }), 'rtl')).to.include(unit);
  });

  it('does not let an Arabic name change the order of an English sentence', () => {
    const t = translator('en');
    const text = t('{code}, {site}, {type}, {price}', { code: 'A1', site: 'جدة', type: '3', price: '$5.00' });
    expect(shown(text, 'ltr')).to.equal(`A1, ${leftToRight('جدة')}, 3, $5.00`);
  });

  it('adds nothing to texts of one direction and to web addresses', () => {
    expect(translator('en')('Invoice {label}', { label: 'INV-7' })).to.equal('Invoice INV-7');
    expect(translator('ar')('Hi {first_name},', { first_name: 'نورة' })).to.equal('مرحبًا نورة،');
    const link = 'https://acme.example/account';
    expect(translator('ar')('{link}', { link })).to.equal(link);
    expect(withoutIsolates(translator('ar')('{x}', { x: 'A' }))).to.equal('A');
  });

  it('shows negative amounts with a minus sign in every language', () => {
    expect(money('en')(-5_00n, 'USD')).to.equal('−$5.00');
    expect(money('en-GB')(-5_00n, 'GBP')).to.equal('−£5.00');
  });
});
