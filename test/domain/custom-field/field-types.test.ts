import { expect } from 'chai';
import {
  convertValue,
  fieldTypes,
  formatValue,
  normaliseValue,
  type FieldTypeName,
  type FieldValue,
} from '../../../src/domain/custom-field/field-types.ts';

const english = { locale: 'en', t: (text: string) => text };
const choices = ['Red', 'Blue'];

const parse = (type: FieldTypeName, typed: unknown) => {
  const result = fieldTypes[type].parse({ choices, title: 'Field' }).safeParse(typed);
  return result.success ? result.data : result.error.issues[0]!.message;
};

describe('fieldTypes', () => {
  const parsed: [FieldTypeName, unknown, FieldValue | null][] = [
    ['text', '  a  b ', 'a  b'],
    ['text', null, null],
    ['text', 'a'.repeat(201), 'too_long'],
    ['long_text', 'a\r\nb', 'a\nb'],
    ['long_text', 'a'.repeat(10_001), 'too_long'],
    ['number', '007', '7'],
    ['number', '-1,50', '-1.5'],
    ['number', '-0', '0'],
    ['number', '.5', '0.5'],
    ['number', '\u0661\u0662', '12'],
    ['number', '123456789012345.123456', '123456789012345.123456'],
    ['number', '1234567890123456', 'invalid_decimal'],
    ['number', '0.1234567', 'invalid_decimal'],
    ['number', '1,000.5', 'invalid_decimal'],
    ['number', '.', 'invalid_decimal'],
    ['number', 'ten', 'invalid_decimal'],
    ['date', '2026-02-28', '2026-02-28'],
    ['date', '2026-02-30', 'invalid_date'],
    ['yes_no', 'yes', true],
    ['yes_no', 'no', false],
    ['yes_no', 'maybe', 'custom_choice_invalid'],
    ['choice', 'Red', 'Red'],
    ['choice', 'Green', 'custom_choice_unlisted'],
    ['choices', ['Blue', 'Red', 'Blue'], ['Blue', 'Red']],
    ['choices', ['Green'], 'custom_choice_unlisted'],
    ['choices', [], null],
    ['email', ' Ada@Example.com ', 'ada@example.com'],
    ['email', 'ada', 'invalid_email'],
    ['phone', '+44 20 7946 0000', '+44 20 7946 0000'],
    ['phone', 'ask', 'invalid_phone'],
    ['url', 'https://example.com/a', 'https://example.com/a'],
    ['url', 'javascript:alert(1)', 'invalid_link'],
    ['url', 'example.com', 'invalid_link'],
  ];
  for (const [type, typed, value] of parsed)
    it(`parse ${JSON.stringify(typed)?.slice(0, 30)} as ${type}`, () =>
      expect(parse(type, typed)).to.eql(value));

  it('parse what a form shows of each value', () => {
    for (const [type, , value] of parsed.filter(([type, typed, value]) => parse(type, typed) === value))
      if (value !== null && !/^"(too|invalid|custom)_/.test(JSON.stringify(value)))
        expect(convertValue({ type, choices }, value), `${type} ${JSON.stringify(value)}`).to.eql(value);
  });

  const shown: [FieldTypeName, FieldValue, string][] = [
    ['number', '-1234567.5', '-1,234,567.5'],
    ['date', '2026-01-31', 'Jan 31, 2026'],
    ['yes_no', false, 'No'],
    ['choices', ['Red', 'Blue'], 'Red, Blue'],
    ['number', 'ten', 'ten'],
    ['date', 'soon', 'soon'],
  ];
  for (const [type, value, text] of shown)
    it(`show ${JSON.stringify(value)} of the type ${type} as ${text}`, () =>
      expect(formatValue(type, value, english)).to.equal(text));

  it('normalise numbers to texts in the order of the numbers', () => {
    const numbers = [
      '-1000',
      '-10.5',
      '-10',
      '-0.000001',
      '0',
      '0.000001',
      '9',
      '10',
      '10.25',
      '900',
      '1000',
    ];
    const texts = numbers.map((number) => normaliseValue('number', number)[0]!);
    expect(texts.toSorted()).to.eql(texts);
  });

  it('normalise texts of every type to keys that an index can have', () => {
    const long = '你'.repeat(10_000);
    for (const type of ['text', 'long_text', 'choice', 'url'] as const)
      expect(normaliseValue(type, long)[0]!.length, type).to.be.at.most(200);
    expect(normaliseValue('choices', ['Réd', 'Blue'])).to.eql(['red', 'blue']);
    expect(normaliseValue('phone', '+44 (0)20 7946 0000')).to.eql(['442079460000']);
    expect(normaliseValue('text', '\u2014')).to.eql([]);
    expect(normaliseValue('choices', ['\u2014', '?'])).to.eql(['\u2014', '?']);
  });

  it('normalise a long text without half of a character', () => {
    const [key] = normaliseValue('long_text', `${'a'.repeat(199)}\u{1f600}`);
    expect(key).to.equal('a'.repeat(199));
  });

  const converted: [FieldValue, FieldTypeName, FieldValue | undefined][] = [
    ['1,5', 'number', '1.5'],
    ['about 5', 'number', undefined],
    ['Yes', 'yes_no', true],
    ['0', 'yes_no', false],
    [true, 'text', 'yes'],
    ['Red', 'choices', ['Red']],
    [['Red', 'Blue'], 'text', 'Red, Blue'],
    [['Red'], 'choice', 'Red'],
    [['Red', 'Blue'], 'choice', undefined],
    ['a\nb', 'text', 'a b'],
  ];
  for (const [value, type, result] of converted)
    it(`convert ${JSON.stringify(value)} to ${type}`, () =>
      expect(convertValue({ type, choices }, value)).to.eql(result));
});
