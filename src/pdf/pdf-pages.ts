import type { Readable } from 'node:stream';
import PDFDocument from 'pdfkit';
import { withoutIsolates } from '../isolate.ts';
import { loadFonts, type FontName, type Fonts } from './fonts.ts';
import { visualRuns, wrapText, type Direction, type TextLine, type TextRun } from './pdf-text.ts';

export interface PdfOptions {
  title: string;
  locale: string;
  direction: Direction;
}

/** A PNG file and the size in points that it is drawn with. */
export interface PdfImage {
  image: Buffer;
  width: number;
  height: number;
}

export interface Style {
  size: number;
  font: FontName;
  colour: string;
}

/** From the left and the top of the page, in points. */
export interface Place {
  left: number;
  width: number;
  isRight: boolean;
}

export interface DrawnLine {
  line: TextLine;
  style: Style;
  place: Place;
}

const PAGE = { width: 595.28, height: 841.89 };
export const MARGIN = 48;
export const WIDTH = PAGE.width - 2 * MARGIN;
/** The footer is below. */
export const BOTTOM = PAGE.height - 72;

/** A4 pages that are written from the top to the bottom, mirrored for languages that are read from the right. */
export class PdfPages {
  /** From the top of the page. */
  y = MARGIN;
  readonly #pdf: PDFKit.PDFDocument;
  readonly #fonts: Fonts;
  readonly #options: PdfOptions;

  private constructor(fonts: Fonts, options: PdfOptions) {
    const { title, locale } = options;
    this.#fonts = fonts;
    this.#options = options;
    this.#pdf = new PDFDocument({
      size: 'A4',
      margin: MARGIN,
      // Otherwise it loads its own fonts, which have few letters.
      font: '',
      lang: locale,
      displayTitle: true,
      info: { Title: withoutIsolates(title), Producer: 'Portico', Creator: 'Portico' },
      // The number of pages is printed on each of them.
      bufferPages: true,
    });
    this.#pdf.registerFont('regular', fonts.regular).registerFont('bold', fonts.bold);
  }

  static async open(options: PdfOptions): Promise<PdfPages> {
    return new PdfPages(await loadFonts(), options);
  }

  image({ image, width, height }: PdfImage): void {
    this.#pdf.image(image, this.place(0, width).left, this.y, { width, height });
    this.y += height;
  }

  /** Texts beside each other. */
  rows(cells: readonly (readonly DrawnLine[])[], newPage = () => this.newPage()): void {
    const count = Math.max(...cells.map(({ length }) => length));
    for (let n = 0; n < count; n += 1) {
      const lines = cells.flatMap((cell) => cell[n] ?? []);
      const height = Math.max(...lines.map(({ style }) => lineHeight(style)));
      if (this.y + height > BOTTOM && this.y < BOTTOM) newPage();
      for (const line of lines) this.#drawLine(line, this.y + height * 0.75);
      this.y += height;
    }
  }

  write(text: string, style: Style, place: Place): void {
    this.rows([this.wrap(text, style, place)]);
  }

  wrap(text: string, style: Style, place: Place): DrawnLine[] {
    const measure = (part: string) => this.#measure(part, style);
    const lines = wrapText(text, { width: place.width, fallback: this.#options.direction, measure });
    return lines.map((line) => ({ line, style, place }));
  }

  /** Of a word; the width does not depend on the order of its runs. */
  #measure(text: string, style: Style): number {
    const runs = visualRuns({ text, base: 'ltr' }, style.font, this.#fonts);
    return runs.reduce((sum, run) => sum + this.#runWidth(run, style), 0);
  }

  #runWidth(run: TextRun, { size }: Style): number {
    return this.#pdf.font(run.font, size).widthOfString(run.text, runOptions(run));
  }

  #drawLine({ line, style, place }: DrawnLine, baseline: number): void {
    const runs = visualRuns(line, style.font, this.#fonts);
    const widths = runs.map((run) => this.#runWidth(run, style));
    const width = widths.reduce((sum, each) => sum + each, 0);
    let left = place.isRight ? place.left + place.width - width : place.left;
    this.#pdf.fillColor(style.colour);
    runs.forEach((run, n) => {
      this.#pdf.font(run.font, style.size);
      this.#pdf.text(run.text, left, baseline, {
        lineBreak: false,
        baseline: 'alphabetic',
        ...runOptions(run),
      });
      left += widths[n]!;
    });
  }

  /** `from` is counted from the side where lines begin. */
  place(from: number, width: number, isAtEnd = false): Place {
    const isRtl = this.#options.direction === 'rtl';
    const left = isRtl ? PAGE.width - MARGIN - from - width : MARGIN + from;
    return { left, width, isRight: isRtl !== isAtEnd };
  }

  rule(colour: string, thickness: number): void {
    this.#pdf
      .moveTo(MARGIN, this.y)
      .lineTo(PAGE.width - MARGIN, this.y)
      .lineWidth(thickness)
      .stroke(colour);
  }

  keepTogether(height: number): void {
    if (this.y + height > BOTTOM) this.newPage();
  }

  newPage(): void {
    this.#pdf.addPage();
    this.y = MARGIN;
  }

  /** Goes to the bottom margin of each page in turn. */
  eachBottom(write: (page: number, pages: number) => void): void {
    const { count } = this.#pdf.bufferedPageRange();
    for (let page = 0; page < count; page += 1) {
      this.#pdf.switchToPage(page);
      // Text in the margin would otherwise begin a new page.
      this.#pdf.page.margins.bottom = 0;
      this.y = PAGE.height - 54;
      write(page + 1, count);
    }
  }

  end(): Readable {
    this.#pdf.end();
    return this.#pdf;
  }
}

export function lineHeight({ size }: Style): number {
  return size * 1.4;
}

/** A feature makes pdfkit draw the run as a whole; otherwise it draws the words from the left to the right. */
function runOptions({ isRtl }: TextRun): { features?: ['rtla'] } {
  return isRtl ? { features: ['rtla'] } : {};
}
