/** Only the parts that the program uses; the package has no types. */
declare module 'fontkit' {
  export interface GlyphRun {
    glyphs: { codePoints: number[] }[];
    positions: { xAdvance: number; yAdvance: number; xOffset: number; yOffset: number }[];
  }

  export interface Font {
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
