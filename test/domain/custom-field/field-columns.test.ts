import { expect } from 'chai';
import type { CustomField } from '../../../src/domain/custom-field/custom-field-queries.ts';
import { fieldColumns } from '../../../src/domain/custom-field/field-columns.ts';

const field = (code: string, more: Partial<CustomField> = {}) =>
  ({ code, title: `The ${code}`, type: 'text', is_secret: false, retired_at: null, ...more }) as CustomField;

const format = { locale: 'en', t: (text: string) => text };

describe('fieldColumns', () => {
  const columns = fieldColumns([
    field('area', { type: 'number' }),
    field('born', { type: 'date' }),
    field('likes', { type: 'choices' }),
    field('sure', { type: 'yes_no' }),
    field('pin', { is_secret: true }),
    field('gone', { retired_at: new Date() }),
  ]);
  const stored = { area: '1234.5', born: '2026-01-31', likes: ['A', 'B'], sure: true, pin: 'x', gone: 'y' };

  it('leave out retired fields, and mark secret ones', () => {
    expect(columns.map(({ name }) => name)).to.eql(['cf.area', 'cf.born', 'cf.likes', 'cf.sure', 'cf.pin']);
    expect(columns.map(({ kind }) => kind)).to.eql(['number', 'date', 'text', 'text', 'text']);
    expect(columns.filter(({ is_secret }) => is_secret).map(({ heading }) => heading)).to.eql(['The pin']);
  });

  it('show formatted values on pages and plain ones in files', () => {
    const texts = columns.map(({ text }) => text(stored, format));
    expect(texts).to.eql(['1,234.5', 'Jan 31, 2026', 'A, B', 'Yes', '•••']);
    const row = { id: 'row', custom: stored };
    const plain = ['1234.5', '2026-01-31', 'A, B', 'yes'];
    expect(columns.map(({ csv }) => csv(row, []))).to.eql([...plain, '•••']);
    expect(columns.map(({ text }) => text({}, format))).to.eql([null, null, null, null, null]);
    expect(columns.at(-1)!.csv({ id: 'row', custom: {} }, [])).to.equal(null);
  });
});
