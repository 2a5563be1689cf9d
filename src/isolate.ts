const LEFT_TO_RIGHT = '\u2066';
const RIGHT_TO_LEFT = '\u2067';
const FIRST_STRONG = '\u2068';
const END = '\u2069';

const RTL_CHARACTER =
  /[\u0590-\u08ff\u200f\u202b\u202e\u2067\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

export function hasRightToLeft(text: string): boolean {
  return RTL_CHARACTER.test(text);
}

/**
 * Keeps the text and the sentence around it from changing each other's order: `<bdi>` for texts without HTML.
 * Not for an address, because programs that make a link of it would take the marks as a part of it.
 */
export function isolate(text: string): string {
  return text === '' || /^https?:/.test(text) ? text : FIRST_STRONG + text + END;
}

/** A number and its currency in an Arabic text: the currency is on the left, and a minus stays before its number. */
export function isolateAmount(number: string, currency: string): string {
  return `${RIGHT_TO_LEFT}${LEFT_TO_RIGHT}${number}${END}\u00a0${isolate(currency)}${END}`;
}

/** For programs, which show the text elsewhere. */
export function withoutIsolates(text: string): string {
  return text.replace(/[\u2066-\u2069]/g, '');
}
