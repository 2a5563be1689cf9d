import { expect } from 'chai';
import { csvLines } from '../src/csv.ts';

describe('a CSV file', () => {
  const cell = (value: string) => csvLines([[value]]).slice(1, -2);

  it('quotes commas, quotes and line breaks', () => {
    expect(cell('a,b')).to.equal('"a,b"');
    expect(cell('say "a"')).to.equal('"say ""a"""');
    expect(cell('a\nb')).to.equal('"a\nb"');
    expect(cell('a b')).to.equal('a b');
  });

  it('shows texts that spreadsheets would run as formulas', () => {
    for (const text of ['=1+1', '+1', '@sum(A1)', '-cmd', '-1+1', '\tx'])
      expect(cell(text)).to.equal(`'${text}`);
  });

  it('leaves negative numbers as they are', () => {
    expect(cell('-1234.50')).to.equal('-1234.50');
    expect(cell('-7')).to.equal('-7');
  });
});
