import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { create, type Font, type GlyphRun } from 'fontkit';
import { fontsFolder } from '../project-folder.ts';

/** The fallback for letters that the bold font does not have is the regular one. */
export interface Fonts {
  regular: Font;
  bold: Font;
}

export type FontName = keyof Fonts;

/** A run has about ten letters. */
const MAX_RUNS = 5_000;

let fonts: Promise<Fonts> | undefined;

/** Parsed once in a process, because that takes longer than to write a document. */
export function loadFonts(): Promise<Fonts> {
  fonts ??= readFonts();
  return fonts;
}

async function readFonts(): Promise<Fonts> {
  const read = async (name: string) => {
    const font = create(await readFile(path.join(fontsFolder, name)));
    return Object.assign(font, { layout: cachedLayout(font), getGlyph: glyphWithLetters(font) });
  };
  const [regular, bold] = await Promise.all([read('DejaVuSans.ttf'), read('DejaVuSans-Bold.ttf')]);
  return { regular, bold };
}

/** pdfkit lays each run out four times, which takes most of the time of an Arabic document. */
function cachedLayout(font: Font): Font['layout'] {
  const layout = font.layout.bind(font);
  const runs = new Map<string, GlyphRun>();
  return (text, features = []) => {
    const key = [text, ...features].join('\n');
    const run = runs.get(key) ?? layout(text, features);
    if (runs.size >= MAX_RUNS) runs.clear();
    runs.set(key, run);
    // pdfkit changes the positions.
    const positions = run.positions.map((position) => ({ ...position }));
    return Object.assign(Object.create(Object.getPrototypeOf(run) as object) as GlyphRun, run, { positions });
  };
}

/**
 * fontkit keeps each glyph as it was first read: without letters if it was read as a part of another glyph. A document
 * that is written later would then have no text for it.
 */
function glyphWithLetters(font: Font): Font['getGlyph'] {
  const getGlyph = font.getGlyph.bind(font);
  return (id, codePoints = []) => {
    const glyph = getGlyph(id, codePoints);
    return glyph?.codePoints.length === 0 && codePoints.length > 0
      ? Object.assign(glyph, { codePoints })
      : glyph;
  };
}
