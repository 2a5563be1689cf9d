export interface SearchTerm {
  /** In lower case. Null for a word or a phrase. */
  key: string | null;
  text: string;
  isNegated: boolean;
  isQuoted: boolean;
}

const OPENING = '"\\u201c-\\u201f\\u00ab\\u00bb';
/** A key begins with a letter, so that `12:30` is a word. */
const KEY = '([\\p{L}_][\\p{L}\\p{M}\\p{N}_-]*):';
const QUOTED = `[${OPENING}]([^${OPENING}]*)[${OPENING}]?`;
const TERM = new RegExp(`(-?)(?:${KEY})?(?:${QUOTED}|([^\\s${OPENING}]\\S*))`, 'gu');

/** Words, `"phrases"`, `key:value`, `key:"value"`, each also after `-`. A quotation mark that is not closed ends with the text. */
export function parseSearch(text: string): SearchTerm[] {
  return [...text.matchAll(TERM)]
    .map(([, sign, key, quoted, word]) => ({
      key: key?.toLowerCase() ?? null,
      text: (quoted ?? word!).trim(),
      isNegated: sign === '-',
      isQuoted: quoted !== undefined,
    }))
    .filter((term) => term.text !== '');
}
