/** The supported languages, each by its own name. */
export const locales = { en: 'English', ar: 'العربية' } as const;

export type Locale = keyof typeof locales;

/** Returns the supported locale for a requested one ('ar' for 'ar-EG'), else English. */
export function supportedLocale(wanted: string | null | undefined): Locale {
  const language = (wanted ?? '').toLowerCase().split('-')[0] ?? '';
  return Object.hasOwn(locales, language) ? (language as Locale) : 'en';
}
