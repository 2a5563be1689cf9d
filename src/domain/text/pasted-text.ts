import { isPrintableAscii } from '../../ascii.ts';

/** Of letters and emoji, which a joiner connects. */
const JOINED = '[\\p{L}\\p{M}\\p{N}\\p{Extended_Pictographic}\\p{Emoji_Modifier}]';

/** Soft hyphens, zero-width spaces, directions of text, control characters of Windows, tags. */
const INVISIBLE = new RegExp(
  `(?<!${JOINED})[\\u200c\\u200d]|[\\u200c\\u200d](?!${JOINED})|(?![\\u200c\\u200d])\\p{Cf}|[\\u0080-\\u0084\\u0086-\\u009f]`,
  'gu',
);

/** Among them tabs, the line breaks of Word, and letters and symbols without a form: fillers of Hangul, blank Braille. */
const BLANK = /[\t\v\f\p{Zs}\u115f\u1160\u2800\u3164\uffa0]/gu;

const LINE_BREAK = /\r\n?|[\u0085\u2028\u2029]/g;

const HAS_VISIBLE = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}]/u;

/** What the user sees of a text of one line. Keeps line breaks inside, which a form refuses. */
export function cleanLine(text: string): string {
  const cleaned = cleanText(text);
  return isPrintableAscii(cleaned) ? cleaned : cleaned.replace(BLANK, ' ').trim();
}

/** What the user sees of a text of several lines: with `\n` as line break, trimmed, empty without a visible character. */
export function cleanText(text: string): string {
  if (isPrintableAscii(text)) return text.trim();
  const visible = text.normalize('NFC').replace(LINE_BREAK, '\n').replace(INVISIBLE, '');
  const cleaned = visible.replace(BLANK, (blank) => (blank === '\t' ? blank : ' ')).trim();
  return HAS_VISIBLE.test(cleaned) ? cleaned : '';
}
