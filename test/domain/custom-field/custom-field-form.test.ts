import { expect } from 'chai';
import { codeFor } from '../../../src/domain/custom-field/custom-field-form.ts';

describe('the code made from a title', () => {
  const codes = [
    ['Gate code', 'gate_code'],
    ['  How did you find us?  ', 'how_did_you_find_us'],
    ['Société – n° TVA', 'societe_n_tva'],
    ['2nd phone', 'nd_phone'],
    ['رقم البوابة', 'field'],
    ['___', 'field'],
  ] as const;
  for (const [title, code] of codes)
    it(`is ${code} for ${title}`, () => expect(codeFor(title)).to.equal(code));

  it('is short, and does not end in an underscore', () => {
    expect(codeFor(`${'a'.repeat(39)} b`)).to.equal('a'.repeat(39));
  });
});
