import { expect } from 'chai';
import { csvLines, type CsvCell } from '../src/csv.ts';

describe('a CSV file', () => {
  const cell = (value: CsvCell) => csvLines([[value]]).slice(1, -2);

  it('quotes commas, quotes and line breaks', () => {
    expect(cell('a,b')).to.equal('"a,b"');
    expect(cell('say "a"')).to.equal('"say ""a"""');
    expect(cell('a\nb')).to.equal('"a\nb"');
    expect(cell('a b')).to.equal('a b');
  });

  it('shows texts that spreadsheets would run as formulas', () => {
    for (const text of ['=1+1', '+1', '@sum(A1)', '-cmd', '-1+1', '-7', '\tx'])
      expect(cell(text)).to.equal(`'${text}`);
    expect(cell('\rx')).to.equal('"\'\rx"');
    expect(cell("'1")).to.equal("'1");
  });

  it('adds an apostrophe to a text that has one before such a character, so that an import can remove it', () => {
    expect(cell("'=1")).to.equal("''=1");
    expect(cell("''+1")).to.equal("'''+1");
  });

  it('leaves numbers and decimals as they are, and null empty', () => {
    expect(cell({ decimal: '-1234.50' })).to.equal('-1234.50');
    expect(cell(-7)).to.equal('-7');
    expect(cell(-9007199254740993n)).to.equal('-9007199254740993');
    expect(cell(null)).to.equal('');
  });
});
