import bidiFactory from 'bidi-js/dist/bidi.mjs';
import { hasRightToLeft } from '../isolate.ts';
import type { FontName, Fonts } from './fonts.ts';

export type Direction = 'ltr' | 'rtl';

/** A line of a paragraph, in the order in which it is read. */
export interface TextLine {
  text: string;
  /** That of the paragraph. */
  base: Direction;
}

/** Characters of one direction and one font, which are drawn together. */
export interface TextRun {
  text: string;
  font: FontName;
  /** The letters are drawn from the right to the left by the font. */
  isRtl: boolean;
}

interface LeveledRun {
  text: string;
  font: FontName;
  level: number;
  hasArabicDigits: boolean;
}

const bidi = bidiFactory();
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

const RTL_LETTER = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
/** Fonts draw them from the right like Arabic letters, although they are read from the left. */
const ARABIC_DIGIT = /[\u0660-\u0669\u06f0-\u06f9]/;
/** They have no glyph, or an empty one that disturbs copying. */
const INVISIBLE = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/;
const MARK = /\p{M}/u;

/** The direction of the first letter, or `fallback`. */
export function paragraphDirection(text: string, fallback: Direction): Direction {
  let depth = 0;
  for (const character of text) {
    const type = bidi.getBidiCharTypeName(character);
    // Isolated letters do not count, by rule P2.
    if (type === 'LRI' || type === 'RLI' || type === 'FSI') depth += 1;
    else if (type === 'PDI') depth -= 1;
    if (depth > 0) continue;
    if (type === 'L') return 'ltr';
    if (type === 'R' || type === 'AL') return 'rtl';
  }
  return fallback;
}

/** Breaks a text at spaces, and words that are wider than a line between letters. */
export function wrapText(
  text: string,
  { width, fallback, measure }: { width: number; fallback: Direction; measure: (text: string) => number },
): TextLine[] {
  return text.split(/\r?\n/).flatMap((paragraph) => {
    const base = paragraphDirection(paragraph, fallback);
    return wrapParagraph(paragraph, width, measure).map((line) => ({ text: line, base }));
  });
}

function wrapParagraph(text: string, width: number, measure: (text: string) => number): string[] {
  const space = measure(' ');
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const word of text.split(/[ \t]+/).filter(Boolean)) {
    for (const part of measure(word) > width ? splitWord(word, width, measure) : [word]) {
      const wanted = measure(part);
      if (line !== '' && used + space + wanted > width) {
        lines.push(line);
        line = '';
      }
      used = line === '' ? wanted : used + space + wanted;
      line = line === '' ? part : `${line} ${part}`;
    }
  }
  return [...lines, line];
}

function splitWord(word: string, width: number, measure: (text: string) => number): string[] {
  const parts: string[] = [];
  let part = '';
  let used = 0;
  for (const { segment } of graphemes.segment(word)) {
    const wanted = measure(segment);
    if (part !== '' && used + wanted > width) {
      parts.push(part);
      part = '';
      used = 0;
    }
    part += segment;
    used += wanted;
  }
  return [...parts, part];
}

/** The runs of a line from the left to the right, by the Unicode Bidirectional Algorithm. */
export function visualRuns({ text, base }: TextLine, font: FontName, fonts: Fonts): TextRun[] {
  if (base === 'ltr' && !hasRightToLeft(text)) return splitByFont(text, font, fonts).map(drawnRun);
  const { levels } = bidi.getEmbeddingLevels(text, base);
  // It takes the array: with the object that contains it, it finds nothing.
  const mirrored = bidi.getMirroredCharactersMap(text, levels);
  const runs: LeveledRun[] = [];
  let at = 0;
  for (const character of text) {
    const level = levels[at]!;
    addCharacter(runs, mirrored.get(at) ?? character, { level, font, fonts });
    at += character.length;
  }
  return reorder(runs).map(drawnRun);
}

function splitByFont(text: string, font: FontName, fonts: Fonts): LeveledRun[] {
  const runs: LeveledRun[] = [];
  for (const character of text) addCharacter(runs, character, { level: 0, font, fonts });
  return runs;
}

function addCharacter(
  runs: LeveledRun[],
  character: string,
  { level, font, fonts }: { level: number; font: FontName; fonts: Fonts },
): void {
  if (INVISIBLE.test(character)) return;
  const last = runs.at(-1);
  const hasArabicDigits = ARABIC_DIGIT.test(character);
  // A mark stays with its letter.
  const wanted =
    last && MARK.test(character) ? last.font : hasGlyph(fonts[font], character) ? font : 'regular';
  if (last?.level === level && last.font === wanted && last.hasArabicDigits === hasArabicDigits)
    last.text += character;
  else runs.push({ text: character, level, font: wanted, hasArabicDigits });
}

function hasGlyph(font: Fonts[FontName], character: string): boolean {
  return font.hasGlyphForCodePoint(character.codePointAt(0)!);
}

/** Rule L2: from the highest level down to 1, reverses each sequence of runs of that level or a higher one. */
function reorder(runs: readonly LeveledRun[]): LeveledRun[] {
  let ordered = [...runs];
  const highest = Math.max(0, ...runs.map(({ level }) => level));
  for (let level = highest; level > 0; level -= 1) {
    const next: LeveledRun[] = [];
    let sequence: LeveledRun[] = [];
    for (const run of ordered) {
      if (run.level >= level) {
        sequence.unshift(run);
        continue;
      }
      next.push(...sequence, run);
      sequence = [];
    }
    ordered = [...next, ...sequence];
  }
  return ordered;
}

/** The font chooses the direction by the first letter, so a run of the other direction is reversed. */
function drawnRun({ text, font, level }: LeveledRun): TextRun {
  const isRtl = RTL_LETTER.test(text);
  return { font, isRtl, text: isRtl === (level % 2 === 1) ? text : reversed(text) };
}

function reversed(text: string): string {
  return Array.from(text).toReversed().join('');
}
