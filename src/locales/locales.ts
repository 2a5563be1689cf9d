/** The supported languages, each by its own name. */
export const locales = { en: 'English', ar: 'العربية' } as const;

export type Locale = keyof typeof locales;

export const localeCodes = Object.keys(locales) as Locale[];

/** Returns 'ar' for 'ar-EG', and English for an unsupported language. */
export function supportedLocale(wanted: string | null | undefined): Locale {
  const language = (wanted ?? '').toLowerCase().split('-')[0] ?? '';
  return Object.hasOwn(locales, language) ? (language as Locale) : 'en';
}

/** Digits are Latin, so that columns align in Arabic too. */
export function formatters(locale: string, timeZone: string) {
  const latin = `${locale}-u-nu-latn`;
  const date = new Intl.DateTimeFormat(latin, { dateStyle: 'medium', timeZone });
  const dateTime = new Intl.DateTimeFormat(latin, { dateStyle: 'medium', timeStyle: 'short', timeZone });
  const number = new Intl.NumberFormat(latin);
  return {
    formatDate: (at: Date | string) => date.format(new Date(at)),
    formatDateTime: (at: Date | string) => dateTime.format(new Date(at)),
    /** `cents` is the smallest unit of `currency`. */
    formatMoney: (cents: number, currency: string) => {
      const money = new Intl.NumberFormat(latin, { style: 'currency', currency });
      return money.format(cents / 10 ** (money.resolvedOptions().maximumFractionDigits ?? 2));
    },
    formatNumber: (count: number) => number.format(count),
    /** The first names, and how many more there are. */
    formatNames: (names: readonly string[], most = 3) =>
      names.slice(0, most).join(', ') +
      (names.length > most ? ` +${number.format(names.length - most)}` : ''),
  };
}
