import { expect } from 'chai';
import { amountStep, MAX_AMOUNT, parseAmount } from '../../../src/domain/billing/money.ts';
import { currencyExponent, toDecimal } from '../../../src/locales/currencies.ts';
import { formatters } from '../../../src/locales/locales.ts';

describe('amounts', () => {
  it('have the digits of their currency', () => {
    for (const currency of ['JPY', 'KRW', 'CLP', 'ISK', 'UGX', 'XAF'])
      expect(currencyExponent(currency)).to.equal(0);
    for (const currency of ['KWD', 'BHD', 'OMR', 'JOD', 'TND', 'LYD', 'IQD'])
      expect(currencyExponent(currency)).to.equal(3);
    for (const currency of ['USD', 'EUR', 'HUF', 'COP', 'IDR'])
      expect(currencyExponent(currency)).to.equal(2);
  });

  it('are read with the separators of several languages', () => {
    for (const text of ['1234.50', '1,234.50', '1.234,50', '1 234,5', "1'234.5", '١٬٢٣٤٫٥', '1234,5'])
      expect(parseAmount(text, 'USD'), text).to.equal(1234_50n);
    expect(parseAmount('1,234', 'USD')).to.equal(1234_00n);
    expect(parseAmount('1,23', 'USD')).to.equal(1_23n);
    expect(parseAmount('-5', 'USD')).to.equal(-5_00n);
    expect(parseAmount('1999', 'JPY')).to.equal(1_999n);
  });

  it('are refused when they are no numbers, too precise or too large', () => {
    for (const text of [
      '',
      'ten',
      '1.2.3',
      '1,2,3',
      '1e3',
      '12.345',
      '--1',
      `1${'0'.repeat(18)}`,
      '0x10',
      '1,23,4',
    ])
      expect(parseAmount(text, 'USD'), text).to.equal(undefined);
    expect(parseAmount('1.5', 'JPY')).to.equal(undefined);
    expect(parseAmount(toDecimal(MAX_AMOUNT, 'USD'), 'USD')).to.equal(MAX_AMOUNT);
    expect(parseAmount(toDecimal(MAX_AMOUNT + 1n, 'USD'), 'USD')).to.equal(undefined);
  });

  it('of currencies with three digits end in 0', () => {
    expect(parseAmount('20.690', 'KWD')).to.equal(20_690n);
    expect(parseAmount('20.691', 'KWD')).to.equal(undefined);
    expect([amountStep('KWD'), amountStep('USD'), amountStep('JPY')]).to.eql([10n, 1n, 1n]);
  });

  it('are formatted exactly', () => {
    const { formatMoney } = formatters('en', 'UTC');
    expect(toDecimal(-5n, 'USD')).to.equal('-0.05');
    expect(toDecimal(1_999n, 'JPY')).to.equal('1999');
    expect(formatMoney(123_456_789_012_345n, 'USD')).to.equal('$1,234,567,890,123.45');
    expect(formatMoney(1_999n, 'JPY')).to.equal('¥1,999');
    expect(formatMoney(20_690n, 'KWD')).to.match(/20\.690$/);
  });
});
