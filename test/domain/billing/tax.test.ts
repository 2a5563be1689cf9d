import { expect } from 'chai';
import { splitPart, taxedAmount, taxOfPart, type CreditableLine } from '../../../src/domain/billing/tax.ts';

describe('taxes', () => {
  const exclusive = (rate_ppm: number) => ({ rate_ppm, is_inclusive: false });
  const inclusive = (rate_ppm: number) => ({ rate_ppm, is_inclusive: true });
  const taxOf = (net: bigint, ppm: number, step = 1n) => taxedAmount(net, exclusive(ppm), step).tax_cents;

  it('are rounded per line', () => {
    expect([taxOf(55_55n, 230_000), taxOf(11_11n, 230_000)]).to.eql([12_78n, 2_56n]);
    expect([taxOf(9_99n, 200_000) * 3n, taxOf(29_97n, 200_000)]).to.eql([6_00n, 5_99n]);
    expect(taxOf(-33_33n, 200_000)).to.equal(-6_67n);
    expect(taxOf(99_99n, 88_750)).to.equal(8_87n);
  });

  it('are taken out of an amount that includes them', () => {
    const split = (gross: bigint) => Object.values(taxedAmount(gross, inclusive(200_000)));
    expect(split(10_00n)).to.eql([8_33n, 1_67n]);
    expect(split(1n)).to.eql([1n, 0n]);
    expect(split(45_00n)).to.eql([37_50n, 7_50n]);
  });

  it('have the units of the currency', () => {
    expect(taxOf(1_999n, 100_000)).to.equal(200n);
    expect(taxOf(20_690n, 50_000, 10n)).to.equal(1_030n);
  });

  describe('of credited parts', () => {
    const lineOf = (net_cents: bigint, tax_ppm: number): CreditableLine => ({
      net_cents,
      tax_cents: taxOf(net_cents, tax_ppm),
      tax_ppm,
      credited_net_cents: 0n,
      credited_tax_cents: 0n,
    });

    /** The taxes of parts that are credited one after the other. */
    const taxesOf = (line: CreditableLine, parts: readonly bigint[]) => {
      const credited = { ...line };
      return parts.map((net) => {
        const tax = taxOfPart(credited, net);
        credited.credited_net_cents += net;
        credited.credited_tax_cents += tax;
        return tax;
      });
    };

    it('add up to the tax of the line', () => {
      expect(taxesOf(lineOf(100_00n, 200_000), [33_33n, 33_33n, 33_34n])).to.eql([6_67n, 6_66n, 6_67n]);
      const cents = Array.from({ length: 37 }, () => 1n);
      const sum = taxesOf(lineOf(37n, 190_000), cents).reduce((total, tax) => total + tax, 0n);
      expect(sum).to.equal(taxOf(37n, 190_000));
    });

    it('are what was charged minus the tax of what is kept', () => {
      expect(taxesOf(lineOf(120_00n, 200_000), [81_29n])).to.eql([16_26n]);
      expect(taxesOf(lineOf(99_99n, 88_750), [60_71n])).to.eql([5_38n]);
      expect(taxesOf(lineOf(-63_33n, 200_000), [-63_33n])).to.eql([-12_67n]);
    });

    it('never are more than the tax of the line or of the other sign', () => {
      // 0.03 with 20 % have a net amount of 0.03 and no tax, of which 20 % would be 0.01.
      const line = { ...lineOf(3n, 200_000), tax_cents: 0n };
      expect(taxesOf(line, [1n, 1n, 1n])).to.eql([0n, 0n, 0n]);
    });

    it('with their net amount add up to the given amount and to the line', () => {
      const line = lineOf(100_00n, 200_000);
      const credited = { ...line };
      for (const total of [33_33n, 33_33n, 53_34n]) {
        const { net_cents, tax_cents } = splitPart(credited, total);
        expect(net_cents + tax_cents).to.equal(total);
        credited.credited_net_cents += net_cents;
        credited.credited_tax_cents += tax_cents;
      }
      expect([credited.credited_net_cents, credited.credited_tax_cents]).to.eql([100_00n, 20_00n]);
    });
  });
});
