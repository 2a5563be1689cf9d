import { expect } from 'chai';
import { expandCodes, MAX_NEW_UNITS, nameSome } from '../../../src/domain/unit/unit-codes.ts';
import { unitCode } from '../../../src/domain/unit/unit.ts';

function expand(code: string | null, last_code: string | null = null, more_codes: string | null = null) {
  const result = expandCodes({ code, last_code, more_codes });
  return result.ok ? result.codes : result.errors.map((error) => `${error.field}: ${error.code}`);
}

describe('expandCodes', () => {
  it('returns one code, a range, a list, or a range and a list', () => {
    expect(expand('U1')).to.eql(['U1']);
    expect(expand('U9', 'U11')).to.eql(['U9', 'U10', 'U11']);
    expect(expand(null, null, 'A, B\nC')).to.eql(['A', 'B', 'C']);
    expect(expand('A1', 'A2', 'B1،B2؛B3')).to.eql(['A1', 'A2', 'B1', 'B2', 'B3']);
  });

  it('keeps the zeros of the first code', () => {
    expect(expand('U008', 'U010')).to.eql(['U008', 'U009', 'U010']);
    expect(expand('1-98', '1-101')).to.eql(['1-98', '1-99', '1-100', '1-101']);
  });

  it('refuses ranges that are not ascending or differ before the number', () => {
    for (const [first, last] of [
      ['U5', 'U4'],
      ['U1', 'V3'],
      ['U', 'U3'],
      ['U1', 'U3b'],
    ])
      expect(expand(first!, last), `${first} to ${last}`).to.eql(['last_code: invalid_code_range']);
  });

  it('refuses more than 500 units, also of an enormous range', () => {
    expect(expand('U1', `U${MAX_NEW_UNITS}`)).to.have.length(MAX_NEW_UNITS);
    for (const last of [`U${MAX_NEW_UNITS + 1}`, 'U999999999999999999'])
      expect(expand('U1', last)).to.eql(['code: too_many_units']);
  });

  it('refuses codes that are equal without case and width', () => {
    expect(expand('U1', 'U3', 'ｕ2')).to.eql(['code: unit_codes_repeated']);
  });
});

describe('nameSome', () => {
  it('names ten codes at most', () => {
    const codes = Array.from({ length: 11 }, (_, index) => `U${index}`);
    expect(nameSome(codes.slice(0, 2))).to.equal('U0, U1');
    expect(nameSome(codes)).to.equal('U0, U1, U2, U3, U4, U5, U6, U7, U8, U9, …');
  });
});

describe('unitCode', () => {
  it('sorts codes by their numbers', () => {
    const codes = ['U10', 'U2', 'A-1-10', 'A-1-9', 'u3'];
    const sorted = codes.toSorted((one, other) =>
      unitCode(one).code_sort < unitCode(other).code_sort ? -1 : 1,
    );
    expect(sorted).to.eql(['A-1-9', 'A-1-10', 'U2', 'u3', 'U10']);
  });
});
