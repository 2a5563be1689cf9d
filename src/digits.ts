import { isPrintableAscii } from './ascii.ts';

const DECIMAL_DIGIT = /\p{Nd}/u;

/** Replaces the decimal digits of every script: keyboards and phones produce those of the user's language. */
export function toAsciiDigits(text: string): string {
  if (isPrintableAscii(text)) return text;
  return text.replace(/(?![0-9])\p{Nd}/gu, (digit) => String(valueOf(digit.codePointAt(0)!)));
}

/** Unicode encodes the digits of a script in order; some scripts have several runs of ten in a row. */
function valueOf(codePoint: number): number {
  const zeroOrDigit = (distance: number) =>
    DECIMAL_DIGIT.test(String.fromCodePoint(codePoint - distance - 1));
  let distance = 0;
  while (zeroOrDigit(distance)) distance += 1;
  return distance % 10;
}
