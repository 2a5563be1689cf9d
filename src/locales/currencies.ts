/** ISO 4217, without funds, metals and test codes. */
export const currencyCodes: readonly string[] =
  `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP
   CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF
   IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD
   MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB
   RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU
   UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW`.split(/\s+/);

const WITHOUT_DIGITS = new Set('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'.split(' '));
const WITH_THREE_DIGITS = new Set('BHD IQD JOD KWD LYD OMR TND'.split(' '));

/** Of ISO 4217. `Intl` of Node 20 has other numbers for some currencies. */
export function currencyExponent(currency: string): number {
  if (WITHOUT_DIGITS.has(currency)) return 0;
  return WITH_THREE_DIGITS.has(currency) ? 3 : 2;
}

/** For a form field and for `Intl.NumberFormat`, which formats a decimal text exactly: `1234.50`. */
export function toDecimal(amount: bigint, currency: string): `${number}` {
  const exponent = currencyExponent(currency);
  const digits = String(amount < 0n ? -amount : amount).padStart(exponent + 1, '0');
  const units = exponent === 0 ? digits : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
  return (amount < 0n ? `-${units}` : units) as `${number}`;
}

const names = new Intl.DisplayNames('en', { type: 'currency' });

/** For a select. */
export const currencyOptions = currencyCodes.map((value) => ({
  value,
  label: `${value}: ${names.of(value)}`,
}));
