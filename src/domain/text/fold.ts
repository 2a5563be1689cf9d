import { isPrintableAscii } from '../../ascii.ts';
import { toAsciiDigits } from '../../digits.ts';

/**
 * Letters that are typed in place of each other and that Unicode does not decompose. Decomposed letters lose their
 * accents, so that `ё` and `й` become `е` and `и`. After a change here, queue the backfills `fold-…`.
 */
const LETTERS: ReadonlyMap<string, string> = readTable({
  Latin: `ß=ss æ=ae œ=oe þ=th ø=o đ=d ð=d ɖ=d ɗ=d ł=l ƚ=l ɫ=l ħ=h ŧ=t ŋ=n ɲ=n ƞ=n ı=i ɨ=i ɩ=i ȷ=j ĸ=k ƙ=k ə=e ǝ=e
    ɛ=e ɔ=o ɵ=o ɓ=b ƀ=b ɣ=g ǥ=g ɠ=g ʋ=v ƒ=f ƴ=y ƶ=z ʒ=z ʉ=u`,
  Greek: 'ς=σ',
  // Ukrainian, Belarusian, Kazakh, Tatar, Uzbek and old letters on a Russian keyboard.
  Cyrillic: 'ґ=г є=е і=и ѣ=е қ=к ғ=г ң=н ұ=у ү=у ө=о ә=а һ=х ҳ=х ҷ=ч',
  // Final forms.
  Hebrew: 'ך=כ ם=מ ן=נ ף=פ ץ=צ',
  // Letters that are written for each other at the end of a word, hamza, tatweel; Persian and Urdu keyboards.
  Arabic: 'ى=ي ة=ه ٱ=ا ء= ـ= ی=ي ې=ي ے=ي ک=ك ڪ=ك ہ=ه ھ=ه ە=ه ں=ن',
  // The signs of a nasal.
  Indic: 'ँ=ं ੰ=ਂ',
  // Old and variant forms of kanji in names.
  Han: `髙=高 﨑=崎 𠮷=吉 德=徳 瀨=瀬 濵=浜 濱=浜 澤=沢 廣=広 邊=辺 邉=辺 齋=斎 齊=斉 櫻=桜 眞=真 嶋=島 嶌=島 彌=弥
    榮=栄 壽=寿 惠=恵 圓=円`,
});

function readTable(scripts: Readonly<Record<string, string>>): Map<string, string> {
  const pairs = Object.values(scripts).flatMap((text) => text.split(/\s+/));
  return new Map(pairs.map((pair) => pair.split('=') as [string, string]));
}

const LISTED_LETTER = new RegExp(`[${[...LETTERS.keys()].join('')}]`, 'gu');

/** Spacing accents decompose to a space and an accent. */
const SPACING_ACCENTS = /[\u00b4\u1fbd\u1fbf\u1fef\u1ffd\u1ffe]/g;

/** Vowel signs of other scripts and the voiced sound marks of kana are not optional. */
const OPTIONAL_MARKS =
  /(?![\u3099\u309a])(?=\p{M})[\p{Script=Inherited}\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}]/gu;

/** Apostrophes, quotation marks, the letters that stand for them, the middle dot of Catalan. */
const QUOTES =
  '\'"`\\u2018-\\u201f\\u2032-\\u2037\\u2039\\u203a\\u00ab\\u00bb\\u02b9-\\u02df\\u05f3\\u05f4\\ua78b\\ua78c\\u00b7';
/** The dot below letters of Indian languages, tone marks of Thai and Lao. */
const NUKTAS = '\\u093c\\u09bc\\u0a3c\\u0abc\\u0b3c\\u0c3c\\u0cbc';
const TONE_MARKS = '\\u0e48-\\u0e4b\\u0ec8-\\u0ecb';
const REMOVED_SIGNS = new RegExp(`[\\p{Cf}${QUOTES}${NUKTAS}${TONE_MARKS}]`, 'gu');

/** The other punctuation, except of email addresses. */
const SEPARATORS = /(?![.@_])[\p{P}\p{Z}\p{C}\s]/gu;

// Strings, because the build escapes the letters of strings and not those of regular expressions.
const DEVANAGARI_NASALS = new RegExp('ङ्(?=[क-घ])|ञ्(?=[च-झ])|ण्(?=[ट-ढ])|न्(?=[त-ध])|म्(?=[प-भ])', 'g');
const REPEATED_HAN = new RegExp('(\\p{Script=Han})々', 'gu');

/**
 * The form in which texts are searched and sorted: without upper case, accents, punctuation and the differences between
 * keyboards. Nothing is transliterated from one script to another.
 */
export function fold(text: string): string {
  const letters = isPrintableAscii(text) ? text.toLowerCase().replace(/['"`]/g, '') : foldLetters(text);
  return splitInitials(letters.replace(SEPARATORS, ' ')).replace(/\s+/g, ' ').trim();
}

function foldLetters(text: string): string {
  const letters = text
    .replace(SPACING_ACCENTS, '')
    .normalize('NFKD')
    .replace(OPTIONAL_MARKS, '')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKD')
    .replace(OPTIONAL_MARKS, '')
    .replace(REMOVED_SIGNS, '')
    .replace(LISTED_LETTER, (letter) => LETTERS.get(letter)!);
  return replaceSequences(toAsciiDigits(letters.normalize('NFKC')));
}

function replaceSequences(text: string): string {
  return text.replace(DEVANAGARI_NASALS, 'ं').replaceAll('เเ', 'แ').replace(REPEATED_HAN, '$1$1');
}

/** Keeps periods inside of email addresses and domains. */
function splitInitials(text: string): string {
  return text
    .replace(/(?<!\S)\.+|(?<!\.)\.+(?!\S)/g, ' ')
    .replace(/(?<=(?:^|[\s.])\p{L})\.(?=\p{L}(?:[\s.]|$))/gu, ' ');
}

/** In German and the Nordic languages, and for the Croatian đ, two letters stand for one that the keyboard lacks. */
const DIGRAPHS: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ø: 'oe', å: 'aa', đ: 'dj' };
const LETTERS_OF_DIGRAPHS: Readonly<Record<string, string>> = { ae: 'a', oe: 'o', ue: 'u', aa: 'a', dj: 'd' };

const UMLAUTS = new RegExp(`[${Object.keys(DIGRAPHS).join('')}]`, 'g');

const withDigraphs = (text: string) =>
  text
    .normalize('NFC')
    .toLowerCase()
    .replace(UMLAUTS, (letter) => DIGRAPHS[letter]!);

const withoutDigraphs = (text: string) =>
  text.replace(/[aou]e|aa|dj/g, (digraph) => LETTERS_OF_DIGRAPHS[digraph]!);

/** Of a stored text, which is found by each of them. The first is `fold(text)`. */
export const foldings: readonly ((text: string) => string)[] = [
  fold,
  (text) => fold(withDigraphs(text)),
  (text) => withoutDigraphs(fold(text)),
];
