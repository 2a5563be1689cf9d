import { expect } from 'chai';
import { newTaxRateSchema, toPercent } from '../../../src/domain/tax-rate/tax-rate.ts';

describe('tax rates', () => {
  const parse = (rate: string) => newTaxRateSchema.safeParse({ code: 'T', name: 'Tax', rate });

  it('are typed in percent and stored in millionths', () => {
    for (const [typed, ppm] of [
      ['8.875', 88_750],
      ['8,875', 88_750],
      ['٢٠', 200_000],
      ['100 %', 1_000_000],
      ['0.0001', 1],
      ['0', 0],
    ] as const)
      expect(parse(typed).data?.rate, typed).to.equal(ppm);
    for (const typed of ['', '-1', '100.0001', '0.00001', 'x', '%'])
      expect(parse(typed).success, typed).to.equal(false);
  });

  it('show the percentage without zeros at the end', () => {
    expect([88_750, 200_000, 1_000_000, 1, 0].map(toPercent)).to.eql(['8.875', '20', '100', '0.0001', '0']);
  });
});
