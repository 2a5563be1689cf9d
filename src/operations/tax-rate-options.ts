import type { ListedTaxRate } from '../domain/tax-rate/tax-rate-queries.ts';
import { toPercent } from '../domain/tax-rate/tax-rate.ts';

/** For a select. `retired` is the rate that a row keeps although it cannot be chosen again. */
export function taxRateOptions(rates: readonly ListedTaxRate[], retired?: { id: string; name: string }) {
  return [
    { value: '', label: 'No tax' },
    ...rates.map(({ id, name, rate_ppm, is_inclusive }) => ({
      value: id,
      label: `${name} (${toPercent(rate_ppm)} %${is_inclusive ? ', included' : ''})`,
    })),
    ...(retired ? [{ value: retired.id, label: retired.name }] : []),
  ];
}
