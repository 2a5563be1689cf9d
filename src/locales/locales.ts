/** The languages people can choose, by the name a reader of each looks for. */
export const locales = { en: 'English', ar: 'العربية' } as const;

export type Locale = keyof typeof locales;

/** The language we have words in for what a person, tenant or browser asked for: 'ar-EG' is read as 'ar'. */
export function knownLocale(wanted: string | null | undefined): Locale {
  const language = (wanted ?? '').toLowerCase().split('-')[0] ?? '';
  return Object.hasOwn(locales, language) ? (language as Locale) : 'en';
}
