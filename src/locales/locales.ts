import { currencyExponent, toDecimal } from './currencies.ts';
import { isolateAmount } from '../isolate.ts';

/** The supported languages with the form of their dates, each by its own name. */
export const locales = { en: 'English (US)', 'en-GB': 'English (UK)', ar: 'العربية' } as const;

export type Locale = keyof typeof locales;

export const localeCodes = Object.keys(locales) as Locale[];

/** Returns 'ar' for 'ar-EG', and US English for an unsupported language. */
export function supportedLocale(wanted: string | null | undefined): Locale {
  if (isLocale(wanted)) return wanted;
  const [language = '', region = ''] = (wanted ?? '').split('-');
  const code = language.toLowerCase();
  const known = [`${code}-${region.toUpperCase()}`, code].find((each) => Object.hasOwn(locales, each));
  return (known as Locale | undefined) ?? 'en';
}

/** Most requests have one of them. */
function isLocale(text: string | null | undefined): text is Locale {
  return typeof text === 'string' && Object.hasOwn(locales, text);
}

/** Staff read English, with the dates of the tenant. */
export function staffLocale(tenantLocale: string): Locale {
  const locale = supportedLocale(tenantLocale);
  return locale.startsWith('en') ? locale : 'en';
}

/** For a select. The two kinds of English show how they write a date. */
export function localeOptions() {
  const date = new Date(Date.UTC(2026, 0, 31));
  return localeCodes.map((value) => ({
    value,
    label: value.startsWith('en')
      ? `${locales[value]}: ${formatters(value, 'UTC').formatDate(date)}`
      : locales[value],
  }));
}

const CIVIL_DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Digits are Latin, so that columns align in Arabic too. */
export function formatters(locale: string, timeZone: string) {
  const latin = `${locale}-u-nu-latn`;
  const date = new Intl.DateTimeFormat(latin, { dateStyle: 'medium', timeZone });
  const dateTime = new Intl.DateTimeFormat(latin, { dateStyle: 'medium', timeStyle: 'short', timeZone });
  const civilDate = new Intl.DateTimeFormat(latin, { dateStyle: 'medium', timeZone: 'UTC' });
  const number = new Intl.NumberFormat(latin);
  return {
    formatDate: (at: Date | string) => date.format(new Date(at)),
    formatDateTime: (at: Date | string) => dateTime.format(new Date(at)),
    /** Of a civil date, `YYYY-MM-DD`. */
    formatDay: (day: string) => civilDate.format(new Date(day)),
    /** Of a text: civil dates are formatted, other values stay. */
    formatParams: (params: Readonly<Record<string, string | number>> = {}) =>
      Object.fromEntries(
        Object.entries(params).map(([name, value]) => [
          name,
          typeof value === 'string' && CIVIL_DATE.test(value) ? civilDate.format(new Date(value)) : value,
        ]),
      ),
    /** `amount` is in minor units. */
    formatMoney: (amount: bigint, currency: string) => formatMoney(latin, amount, currency),
    formatNumber: (count: number) => number.format(count),
    /** The first names, and how many more there are. */
    formatNames: (names: readonly string[], most = 3) =>
      names.slice(0, most).join(', ') +
      (names.length > most ? ` +${number.format(names.length - most)}` : ''),
  };
}

/** As wide as a plus sign, which a hyphen is not. */
const MINUS = '\u2212';

const moneyFormats = new Map<string, Intl.NumberFormat>();

function formatMoney(locale: string, amount: bigint, currency: string): string {
  const key = `${locale} ${currency}`;
  const format = moneyFormats.get(key) ?? moneyFormat(locale, currency);
  moneyFormats.set(key, format);
  // A decimal text is formatted exactly, a number is not.
  const decimal = toDecimal(amount, currency);
  if (!locale.startsWith('ar')) return format.format(decimal).replace('-', MINUS);
  const parts = format.formatToParts(decimal).filter(({ type }) => type !== 'literal');
  const text = (isWanted: (type: string) => boolean) =>
    parts.map(({ type, value }) => (isWanted(type) ? value.replace('-', MINUS) : '')).join('');
  return isolateAmount(
    text((type) => type !== 'currency'),
    text((type) => type === 'currency'),
  );
}

function moneyFormat(locale: string, currency: string): Intl.NumberFormat {
  const digits = currencyExponent(currency);
  return new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
