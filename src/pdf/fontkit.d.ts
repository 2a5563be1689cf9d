/** Only the parts that the program uses; the package has no types. */
declare module 'fontkit' {
  export interface Glyph {
    id: number;
    codePoints: number[];
  }

  export interface GlyphRun {
    glyphs: Glyph[];
    positions: { xAdvance: number; yAdvance: number; xOffset: number; yOffset: number }[];
  }

  export interface Font {
    /** Null for an id that the font does not have. */
    getGlyph(id: number, codePoints?: number[]): Glyph | null;
    layout(text: string, features?: readonly string[]): GlyphRun;
    hasGlyphForCodePoint(codePoint: number): boolean;
  }
  export function create(file: Buffer): Font;
}

declare namespace PDFKit.Mixins {
  interface PDFFont {
    /** pdfkit accepts a parsed font too. */
    registerFont(name: string, font: import('fontkit').Font): this;
  }
}
