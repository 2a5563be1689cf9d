import arabic from './ar.json' with { type: 'json' };
import { hasRightToLeft, isolate } from '../isolate.ts';
import { supportedLocale } from './locales.ts';

/** The plural forms of a sentence: { one: '{count} person', other: '{count} people' }. */
export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };
export type Params = Record<string, string | number>;
export type Translate = (text: string | Plural, params?: Params) => string;
export type Catalogue = Record<string, string | Plural>;

export const catalogues: Record<string, Catalogue> = { ar: arabic };

const translators = new Map<string, Translate>();

/**
 * The key is the English sentence (of a plural: its `other` form), which is also the fallback. `count` selects the form.
 * Parameters whose direction may differ from that of the sentence are isolated from it.
 */
export function translator(locale: string): Translate {
  const known = locale === 'en-XA' ? locale : supportedLocale(locale);
  const t = translators.get(known) ?? makeTranslator(known);
  translators.set(known, t);
  return t;
}

export function direction(locale: string): 'ltr' | 'rtl' {
  return supportedLocale(locale) === 'ar' ? 'rtl' : 'ltr';
}

function makeTranslator(locale: string): Translate {
  // Latin digits in Arabic too, so that numbers align with addresses and codes.
  const numbers = new Intl.NumberFormat(locale === 'ar' ? 'ar-u-nu-latn' : locale);
  const plurals = new Intl.PluralRules(locale);
  const catalogue = catalogues[locale] ?? {};
  const isRtl = direction(locale) === 'rtl';
  const isMixed = (value: string) => (isRtl ? /[^\p{Script=Arabic}\s]/u.test(value) : hasRightToLeft(value));

  const select = (text: string | Plural, params: Params): string => {
    const key = typeof text === 'string' ? text : text.other;
    const entry = Object.hasOwn(catalogue, key) ? catalogue[key]! : text;
    if (typeof entry === 'string') return locale === 'en-XA' ? pseudoTranslate(entry) : entry;
    return entry[plurals.select(Number(params['count']))] ?? entry.other;
  };

  return (text, params = {}) => {
    const sentence = select(text, params);
    if (!sentence.includes('{')) return sentence;
    return sentence.replace(/\{(\w+)\}/g, (placeholder, name: string) => {
      const value = Object.hasOwn(params, name) ? params[name]! : placeholder;
      if (typeof value === 'number') return numbers.format(value);
      return isMixed(value) ? isolate(value) : value;
    });
  };
}

/** In the pseudo-locale en-XA, text without accents is text that is missing t(). */
function pseudoTranslate(sentence: string): string {
  const marked = sentence.replace(/\{\w+\}|[aeiou]/g, (found) =>
    found.length > 1 ? found : 'áéíóú'['aeiou'.indexOf(found)]!,
  );
  return `[${marked}]`;
}
