import arabic from './ar.json' with { type: 'json' };
import { knownLocale } from './locales.ts';

/** The forms a sentence takes with its number: { one: '{count} person', other: '{count} people' }. */
export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };
export type Params = Record<string, string | number>;
export type Translate = (text: string | Plural, params?: Params) => string;
export type Catalogue = Record<string, string | Plural>;

export const catalogues: Record<string, Catalogue> = { ar: arabic };

const translators = new Map<string, Translate>();

/**
 * t() for one language. The English sentence is the key; one that has no translation is shown in English.
 * A plural's key is its `other` form, and the form is chosen by the parameter `count`.
 */
export function translator(locale: string): Translate {
  const known = locale === 'en-XA' ? locale : knownLocale(locale);
  const t = translators.get(known) ?? makeTranslator(known);
  translators.set(known, t);
  return t;
}

export function direction(locale: string): 'ltr' | 'rtl' {
  return knownLocale(locale) === 'ar' ? 'rtl' : 'ltr';
}

function makeTranslator(locale: string): Translate {
  // Latin digits in Arabic too, so that figures align with the addresses and codes beside them.
  const numbers = new Intl.NumberFormat(locale === 'ar' ? 'ar-u-nu-latn' : locale);
  const plurals = new Intl.PluralRules(locale);
  const words = catalogues[locale] ?? {};

  const chosen = (text: string | Plural, params: Params): string => {
    const key = typeof text === 'string' ? text : text.other;
    const entry = Object.hasOwn(words, key) ? words[key]! : text;
    if (typeof entry === 'string') return locale === 'en-XA' ? accented(entry) : entry;
    return entry[plurals.select(Number(params['count']))] ?? entry.other;
  };

  return (text, params = {}) =>
    chosen(text, params).replace(/\{(\w+)\}/g, (placeholder, name: string) => {
      const value = Object.hasOwn(params, name) ? params[name]! : placeholder;
      return typeof value === 'number' ? numbers.format(value) : value;
    });
}

/** The language nobody speaks: words that stay plain in it were written without t(). */
function accented(sentence: string): string {
  const marked = sentence.replace(/\{\w+\}|[aeiou]/g, (found) =>
    found.length > 1 ? found : 'áéíóú'['aeiou'.indexOf(found)]!,
  );
  return `[${marked}]`;
}
