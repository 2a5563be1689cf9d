import { expect } from 'chai';
import { newUnitTypeSchema, sizeText, toMetres } from '../../../src/domain/unit-type/unit-type.ts';

describe('unit types', () => {
  const parse = (width: string) =>
    newUnitTypeSchema({ currency: 'USD', rules: [] }).safeParse({
      name: 'Small',
      width,
      depth: '',
      height: '',
      price: '1',
      deposit: '',
      tax_rate_id: null,
    });

  it('have lengths in metres, stored in millimetres', () => {
    for (const [typed, mm] of [
      ['2.5', 2500],
      ['2,5', 2500],
      ['٣', 3000],
      ['0.001', 1],
      [' 1000 ', 1_000_000],
      ['', null],
    ] as const)
      expect(parse(typed).data?.width, typed).to.equal(mm);
    for (const typed of ['0', '-1', '1000.001', '2.0001', '1e3', 'wide'])
      expect(parse(typed).success, typed).to.equal(false);
  });

  it('show their size without zeros at the end', () => {
    expect(toMetres(2500)).to.equal('2.5');
    expect(toMetres(10_000)).to.equal('10');
    expect(sizeText({ width_mm: 2000, depth_mm: 3250, height_mm: null })).to.equal('2 × 3.25 m');
    expect(sizeText({ width_mm: 2000, depth_mm: 3250, height_mm: 1 })).to.equal('2 × 3.25 × 0.001 m');
    expect(sizeText({ width_mm: null, depth_mm: 3250, height_mm: 1 })).to.equal(null);
  });
});
