import { execFileSync, spawnSync } from 'node:child_process';
import type { Context } from 'mocha';
import { skipBecause } from './skip.ts';

/** Programs of poppler-utils, which `.ci/run` installs. */
export function needPdfReader(context: Context): void {
  if (spawnSync('pdftotext', ['-v']).error)
    skipBecause(context, 'pdftotext (poppler-utils) is not installed');
}

export function readTitle(pdf: Buffer): string {
  const facts = execFileSync('pdfinfo', ['-'], { input: pdf, encoding: 'utf8' });
  return /^Title: +(.*)$/m.exec(facts)![1]!;
}

/** The pages as texts, in the order in which they are read. */
export function readPages(pdf: Buffer): string[] {
  const text = execFileSync('pdftotext', ['-layout', '-', '-'], { input: pdf, encoding: 'utf8' });
  return withoutDirections(text).split('\f').slice(0, -1);
}

export interface PdfWord {
  text: string;
  page: number;
  /** From the left of the page, in points. */
  left: number;
  right: number;
  top: number;
}

export function readWords(pdf: Buffer): PdfWord[] {
  const html = execFileSync('pdftotext', ['-bbox', '-', '-'], { input: pdf, encoding: 'utf8' });
  return html
    .split('<page ')
    .slice(1)
    .flatMap((page, index) =>
      [...page.matchAll(/<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax=".*?">(.*?)<\/word>/g)].map(
        ([, left, top, right, text = '']) => ({
          text: inReadingOrder(withoutDirections(text).replaceAll('&amp;', '&')),
          page: index + 1,
          left: Number(left),
          right: Number(right),
          top: Number(top),
        }),
      ),
    );
}

/** `-bbox` writes the letters in the order in which they are drawn. */
function inReadingOrder(word: string): string {
  return /\p{Script=Arabic}/u.test(word) ? Array.from(word).toReversed().join('') : word;
}

/** The words of all texts in a document that the PDF does not contain as often. */
export function missingWords(document: unknown, pdf: Buffer): string[] {
  const found = countWords(readPages(pdf).flatMap(wordsOf));
  const expected = countWords(textsIn(document).flatMap(wordsOf));
  return [...expected].filter(([word, count]) => (found.get(word) ?? 0) < count).map(([word]) => word);
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [];
}

function wordsOf(text: string): string[] {
  return withoutDirections(text)
    .split(/[\s\u00a0\u202f]+/)
    .filter(Boolean);
}

function countWords(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function withoutDirections(text: string): string {
  return text.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');
}
