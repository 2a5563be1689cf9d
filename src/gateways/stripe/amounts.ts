import { minimumCharge } from '../../domain/gateway/chargeable-amounts.ts';
import { GatewayRefused, GatewayUnknown } from '../../domain/gateway/gateway.ts';
import { currencyExponent } from '../../locales/currencies.ts';

/** Stripe's decimals differ from those of ISO 4217 in MGA, ISK and UGX. */
const WITHOUT_DIGITS = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '));
const WITH_THREE_DIGITS = new Set('BHD IQD JOD KWD LYD OMR TND'.split(' '));

/** The most that Stripe takes in any currency; it checks that of each. */
const MAX_DIGITS = 12;

export function isChargeable(amount: bigint, currency: string): boolean {
  const { numerator, denominator } = scaleOf(currency);
  return (amount * numerator) % denominator === 0n && (exponentAtStripe(currency) < 3 || amount % 10n === 0n);
}

/** @throws {GatewayRefused} */
export function toStripe(amount: bigint, currency: string): number {
  if (amount < minimumCharge(currency)) throw new GatewayRefused('amount_too_small');
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
