import { expect } from 'chai';
import { codeFromTitle } from '../../../src/domain/custom-field/field-settings.ts';

describe('codeFromTitle', () => {
  const codes = [
    ['Gate code', 'gate_code'],
    ['  How did you find us?  ', 'how_did_you_find_us'],
    ['Société – n° TVA', 'societe_n_tva'],
    ['2nd phone', 'nd_phone'],
    ['رقم البوابة', 'field'],
    ['___', 'field'],
  ] as const;
  for (const [title, code] of codes)
    it(`returns ${code} for ${title}`, () => expect(codeFromTitle(title)).to.equal(code));

  it('returns at most 40 characters and no underscore at the end', () => {
    expect(codeFromTitle(`${'a'.repeat(39)} b`)).to.equal('a'.repeat(39));
  });
});
