import { GatewayRefused, GatewayUnknown } from '../../domain/gateway/gateway.ts';
import { currencyExponent } from '../../locales/currencies.ts';

/** Stripe's decimals differ from those of ISO 4217 in MGA, ISK and UGX. */
const WITHOUT_DIGITS = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '));
const WITH_THREE_DIGITS = new Set('BHD IQD JOD KWD LYD OMR TND'.split(' '));

/** In minor units of Stripe. Where Stripe lists none, it decides. */
const MINIMUMS: Readonly<Record<string, bigint>> = Object.fromEntries(
  `USD 50, AED 200, AUD 50, BGN 100, BRL 50, CAD 50, CHF 50, CZK 1500, DKK 250, EUR 50, GBP 30, HKD 400, HUF 17500,
   INR 50, JPY 50, MXN 1000, MYR 200, NOK 300, NZD 50, PLN 200, RON 200, SEK 300, SGD 50, THB 1000`
    .split(',')
    .map((minimum) => minimum.trim().split(' '))
    .map(([currency, units]) => [currency!, BigInt(units!)]),
);

/** The most that Stripe takes in any currency; it checks that of each. */
const MAX_DIGITS = 12;

/** In minor units of the portal. */
export function minimum(currency: string): bigint {
  return fromStripe(MINIMUMS[currency] ?? 1n, currency);
}

export function isChargeable(amount: bigint, currency: string): boolean {
  const { numerator, denominator } = scaleOf(currency);
  return (amount * numerator) % denominator === 0n && (exponentAtStripe(currency) < 3 || amount % 10n === 0n);
}

/** @throws {GatewayRefused} */
export function toStripe(amount: bigint, currency: string): number {
  if (amount < minimum(currency)) throw new GatewayRefused('amount_too_small');
  if (!isChargeable(amount, currency)) throw new GatewayRefused('amount_invalid');
  return toStripeUnits(amount, currency);
}

/** Without the minimum: a refund can be smaller. @throws {GatewayRefused} */
export function refundToStripe(amount: bigint, currency: string): number {
  if (amount <= 0n) throw new GatewayRefused('amount_too_small');
  if (!isChargeable(amount, currency)) throw new GatewayRefused('amount_invalid');
  return toStripeUnits(amount, currency);
}

function toStripeUnits(amount: bigint, currency: string): number {
  const { numerator, denominator } = scaleOf(currency);
  const units = (amount * numerator) / denominator;
  if (String(units).length > MAX_DIGITS) throw new GatewayRefused('amount_too_large');
  return Number(units);
}

/** Rounds up what Stripe lists with more decimals. */
export function fromStripe(units: number | bigint, currency: string): bigint {
  const { numerator, denominator } = scaleOf(currency.toUpperCase());
  return (BigInt(units) * denominator + numerator - 1n) / numerator;
}

/** @throws {GatewayUnknown} */
export function receivedFromStripe(units: number, currency: string): bigint {
  const amount = fromStripe(units, currency);
  const { numerator, denominator } = scaleOf(currency.toUpperCase());
  if (amount * numerator !== BigInt(units) * denominator)
    throw new GatewayUnknown(`Stripe has received an amount with more decimals: ${units} ${currency}`);
  return amount;
}

function exponentAtStripe(currency: string): number {
  if (WITHOUT_DIGITS.has(currency)) return 0;
  return WITH_THREE_DIGITS.has(currency) ? 3 : 2;
}

/** Units of Stripe for each unit of the portal. */
function scaleOf(currency: string) {
  const difference = exponentAtStripe(currency) - currencyExponent(currency);
  return {
    numerator: 10n ** BigInt(Math.max(difference, 0)),
    denominator: 10n ** BigInt(Math.max(-difference, 0)),
  };
}
