import { expect } from 'chai';
import { interleavedSamples, median, percentile, ratios } from '../../bench/support/statistics.ts';

describe('median()', () => {
  it('returns the middle sample of an odd number of samples', () => {
    expect(median([30, 1, 2])).to.equal(2);
  });

  it('returns the mean of the two middle samples of an even number of samples', () => {
    expect(median([4, 1, 3, 100])).to.equal(3.5);
  });

  it('does not change the samples', () => {
    const samples = [3, 1, 2];
    median(samples);
    expect(samples).to.eql([3, 1, 2]);
  });
});

describe('percentile()', () => {
  it('interpolates between the nearest samples', () => {
    expect(percentile([10, 20, 30, 40, 50], 95)).to.equal(48);
    expect(percentile([10, 20], 25)).to.equal(12.5);
  });

  it('returns the largest sample for 100', () => {
    expect(percentile([5, 9, 7], 100)).to.equal(9);
  });

  it('returns NaN without samples', () => {
    expect(percentile([], 50)).to.satisfy(Number.isNaN);
  });
});

describe('ratios()', () => {
  it('divides the samples of the same round', () => {
    expect(ratios([10, 30], [20, 10])).to.eql([0.5, 3]);
  });

  it('refuses different numbers of rounds', () => {
    expect(() => ratios([1], [1, 2])).to.throw('different numbers of rounds');
  });
});

describe('interleavedSamples()', () => {
  it('takes one sample of each measurement in every round', async () => {
    const order: string[] = [];
    const measure = (name: string) => async () => order.push(name);
    const samples = await interleavedSamples(2, { bare: measure('bare'), portal: measure('portal') });
    expect(order).to.eql(['bare', 'portal', 'bare', 'portal']);
    expect(samples).to.eql({ bare: [1, 3], portal: [2, 4] });
  });
});
