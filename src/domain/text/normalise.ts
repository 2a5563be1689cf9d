/** The form names are sorted, found and compared by: NFKC, lower case, without accents or doubled spaces. */
export function normalName(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim();
}

/** Digits of a phone number, with its leading plus. */
export function normalPhone(text: string): string {
  return text.trim().replace(/(?!^\+)\D/g, '');
}
