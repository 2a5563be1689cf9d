/** The smallest charges of every service, in minor units: those that Stripe lists. The services decide on other currencies. */
const minimums: Readonly<Record<string, bigint>> = {
  AED: 200n,
  AUD: 50n,
  BGN: 1_00n,
  BRL: 50n,
  CAD: 50n,
  CHF: 50n,
  CZK: 15_00n,
  DKK: 2_50n,
  EUR: 50n,
  GBP: 30n,
  HKD: 4_00n,
  HUF: 175_00n,
  INR: 50n,
  JPY: 50n,
  MXN: 10_00n,
  MYR: 2_00n,
  NOK: 3_00n,
  NZD: 50n,
  PLN: 2_00n,
  RON: 2_00n,
  SEK: 3_00n,
  SGD: 50n,
  THB: 10_00n,
  USD: 50n,
};

export function minimumCharge(currency: string): bigint {
  return minimums[currency] ?? 1n;
}
