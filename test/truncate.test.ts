import { expect } from 'chai';
import { truncate } from '../src/truncate.ts';

describe('truncate', () => {
  const characters = { emoji: '😀', family: '👨‍👩‍👧‍👦', flag: '🇩🇪', accent: 'e\u0301', hindi: 'क्षि', skin: '👍🏽' };

  for (const [name, character] of Object.entries(characters))
    it(`cuts between whole characters (${name})`, () => {
      for (let max = character.length; max < 5 * character.length; max += 1) {
        const cut = truncate(character.repeat(6), max);
        expect(cut).to.equal(character.repeat(Math.floor(max / character.length)));
      }
    });

  it('keeps a text that is short enough', () => {
    for (const text of ['', 'Ada', '😀'.repeat(100)]) expect(truncate(text, 200)).to.equal(text);
  });

  it('returns well-formed text at most as long as permitted when one character is longer', () => {
    expect(truncate(`a${'\u0301'.repeat(500)}`, 200)).to.have.length(200);
    expect(truncate(`😀${'\u0301'.repeat(500)}`, 1)).to.equal('');
    expect(truncate('👨‍👩‍👧‍👦', 4)).to.equal('👨‍');
  });
});
