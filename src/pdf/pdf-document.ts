import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import PDFDocument from 'pdfkit';
import { loadFonts, type FontName, type Fonts } from './fonts.ts';
import { visualRuns, wrapText, type Direction, type TextLine, type TextRun } from './pdf-text.ts';

export interface PdfOptions {
  title: string;
  locale: string;
  direction: Direction;
  /** Of the rule below the letterhead, as `#rrggbb`. */
  colour: string;
}

export interface Fact {
  label: string;
  value: string;
}

export interface Column {
  heading: string;
  /** In points; the first column gets what the others leave. */
  width: number;
  isAmount?: boolean;
}

export interface TableRow {
  cells: readonly string[];
  /** Below the first cell, in small letters. */
  notes?: readonly string[];
  is_strong?: boolean;
}

export interface Total extends Fact {
  is_strong: boolean;
}

export interface Block {
  heading: string;
  lines: readonly string[];
}

/** A PNG file and the size in points that it is drawn with. */
export interface PdfImage {
  image: Buffer;
  width: number;
  height: number;
}

interface Style {
  size: number;
  font: FontName;
  colour: string;
}

/** From the left and the top of the page, in points. */
interface Place {
  left: number;
  width: number;
  isRight: boolean;
}

interface DrawnLine {
  line: TextLine;
  style: Style;
  place: Place;
}

const PAGE = { width: 595.28, height: 841.89 };
const MARGIN = 48;
const WIDTH = PAGE.width - 2 * MARGIN;
/** The footer is below. */
const BOTTOM = PAGE.height - 72;
const GAP = 10;

const INK = '#1a1d23';
const MUTED = '#5b616b';
const LINE = '#d5d8dd';

const TITLE: Style = { size: 18, font: 'bold', colour: INK };
const NORMAL: Style = { size: 9, font: 'regular', colour: INK };
const STRONG: Style = { size: 9, font: 'bold', colour: INK };
const LABEL: Style = { size: 9, font: 'regular', colour: MUTED };
const SMALL: Style = { size: 7.5, font: 'regular', colour: MUTED };
const HEADING: Style = { size: 7.5, font: 'bold', colour: MUTED };

/** An A4 document that is written from the top to the bottom, mirrored for languages that are read from the right. */
export class PdfWriter {
  readonly #pdf: PDFKit.PDFDocument;
  readonly #fonts: Fonts;
  readonly #options: PdfOptions;
  #y = MARGIN;

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
      info: { Title: title, Producer: 'Portico', Creator: 'Portico' },
      // The number of pages is printed on each of them.
      bufferPages: true,
    });
    this.#pdf.registerFont('regular', fonts.regular).registerFont('bold', fonts.bold);
  }

  static async open(options: PdfOptions): Promise<PdfWriter> {
    return new PdfWriter(await loadFonts(), options);
  }

  /** A PNG image on the side where lines begin, and the lines on the other side. */
  letterhead(logo: PdfImage | null, { heading, lines }: Block): void {
    const top = this.#y;
    if (logo) this.#image(logo);
    const logoBottom = this.#y;
    this.#y = top;
    const place = this.#place(WIDTH / 2, WIDTH / 2, true);
    this.#write(heading, { ...STRONG, size: 11 }, place);
    for (const line of lines) this.#write(line, LABEL, place);
    this.#y = Math.max(this.#y, logoBottom) + GAP;
    this.#rule(this.#options.colour, 2);
    this.#y += 2 * GAP;
  }

  title(text: string): void {
    this.#write(text, TITLE, this.#place(0, WIDTH));
    this.#y += GAP;
  }

  /** A block of text, and facts beside it. */
  beside({ heading, lines }: Block, facts: readonly Fact[]): void {
    const top = this.#y;
    const half = this.#place(0, WIDTH / 2 - GAP);
    this.#write(heading, HEADING, half);
    lines.forEach((line, n) => this.#write(line, n === 0 ? STRONG : NORMAL, half));
    const bottom = this.#y;
    this.#y = top;
    for (const fact of facts) this.#fact(fact, { from: WIDTH / 2 + GAP, labelWidth: 110 });
    this.#y = Math.max(this.#y, bottom) + 2 * GAP;
  }

  paragraph(text: string): void {
    this.#write(text, NORMAL, this.#place(0, WIDTH));
    this.#y += GAP;
  }

  heading(text: string): void {
    this.#keepTogether(60);
    this.#write(text, { ...STRONG, size: 11 }, this.#place(0, WIDTH));
    this.#y += GAP / 2;
  }

  /** The headings are repeated on each page. */
  async table(given: readonly Column[], rows: readonly TableRow[]): Promise<void> {
    const columns = placeColumns(given);
    this.#keepTogether(60);
    this.#tableHead(columns);
    for (const row of rows) {
      this.#tableRow(columns, row);
      // Other requests are served between the rows of a long document.
      await nextTurn();
    }
    this.#y += GAP;
  }

  /** Amounts below each other, below the amounts of a table. */
  totals(totals: readonly Total[]): void {
    this.#keepTogether(totals.length * lineHeight(NORMAL) + GAP);
    for (const total of totals) {
      const style = total.is_strong ? STRONG : NORMAL;
      this.#fact(total, { from: WIDTH * 0.4, labelWidth: WIDTH * 0.38, style });
    }
    this.#y += GAP;
  }

  /** Writes the bottom of each page. The document can then be read. */
  finish(name: string, pageText: (page: number, pages: number) => string): Readable {
    const pages = this.#pageCount;
    for (let page = 0; page < pages; page += 1) {
      this.#pdf.switchToPage(page);
      // Text in the margin would otherwise begin a new page.
      this.#pdf.page.margins.bottom = 0;
      this.#y = PAGE.height - 54;
      this.#rule(LINE, 0.5);
      this.#y += GAP / 2;
      const at = this.#y;
      this.#write(name, SMALL, this.#place(0, (WIDTH * 3) / 4));
      this.#y = at;
      this.#write(pageText(page + 1, pages), SMALL, this.#place((WIDTH * 3) / 4, WIDTH / 4, true));
    }
    this.#pdf.end();
    return this.#pdf;
  }

  get #pageCount(): number {
    return this.#pdf.bufferedPageRange().count;
  }

  #image({ image, width, height }: PdfImage): void {
    this.#pdf.image(image, this.#place(0, width).left, this.#y, { width, height });
    this.#y += height;
  }

  #fact(
    { label, value }: Fact,
    { from, labelWidth, style = NORMAL }: { from: number; labelWidth: number; style?: Style },
  ): void {
    const labelPlace = this.#place(from, labelWidth - GAP);
    const valuePlace = this.#place(from + labelWidth, WIDTH - from - labelWidth, true);
    this.#rows([
      this.#wrap(label, style === NORMAL ? LABEL : style, labelPlace),
      this.#wrap(value, style, valuePlace),
    ]);
  }

  #tableHead(columns: readonly PlacedColumn[]): void {
    this.#rows(columns.map(({ heading, ...column }) => this.#wrap(heading, HEADING, this.#cell(column))));
    this.#y += 2;
    this.#rule(MUTED, 0.75);
    this.#y += 4;
  }

  #tableRow(columns: readonly PlacedColumn[], { cells, notes = [], is_strong }: TableRow): void {
    const style = is_strong ? STRONG : NORMAL;
    const drawn = columns.map((column, n) => this.#wrap(cells[n] ?? '', style, this.#cell(column)));
    const first = this.#cell(columns[0]!);
    drawn[0]!.push(...notes.flatMap((note) => this.#wrap(note, SMALL, first)));
    const newPage = () => {
      this.#newPage();
      this.#tableHead(columns);
    };
    const height = heightOf(drawn);
    if (this.#y + height > BOTTOM && height < (BOTTOM - MARGIN) / 2) newPage();
    this.#rows(drawn, newPage);
    this.#y += 3;
    this.#rule(LINE, 0.5);
    this.#y += 4;
  }

  /** Texts beside each other. */
  #rows(cells: readonly (readonly DrawnLine[])[], newPage = () => this.#newPage()): void {
    const count = Math.max(...cells.map(({ length }) => length));
    for (let n = 0; n < count; n += 1) {
      const lines = cells.flatMap((cell) => cell[n] ?? []);
      const height = Math.max(...lines.map(({ style }) => lineHeight(style)));
      if (this.#y + height > BOTTOM && this.#y < BOTTOM) newPage();
      for (const line of lines) this.#drawLine(line, this.#y + height * 0.75);
      this.#y += height;
    }
  }

  #write(text: string, style: Style, place: Place): void {
    this.#rows([this.#wrap(text, style, place)]);
  }

  #wrap(text: string, style: Style, place: Place): DrawnLine[] {
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

  #cell({ from, width, isAmount }: Omit<PlacedColumn, 'heading'>): Place {
    return this.#place(from, width, isAmount);
  }

  /** `from` is counted from the side where lines begin. */
  #place(from: number, width: number, isAtEnd = false): Place {
    const isRtl = this.#options.direction === 'rtl';
    const left = isRtl ? PAGE.width - MARGIN - from - width : MARGIN + from;
    return { left, width, isRight: isRtl !== isAtEnd };
  }

  #rule(colour: string, thickness: number): void {
    this.#pdf
      .moveTo(MARGIN, this.#y)
      .lineTo(PAGE.width - MARGIN, this.#y)
      .lineWidth(thickness)
      .stroke(colour);
  }

  #keepTogether(height: number): void {
    if (this.#y + height > BOTTOM) this.#newPage();
  }

  #newPage(): void {
    this.#pdf.addPage();
    this.#y = MARGIN;
  }
}

interface PlacedColumn extends Column {
  from: number;
}

function placeColumns([first, ...others]: readonly Column[]): PlacedColumn[] {
  const rest = WIDTH - others.reduce((sum, { width }) => sum + width + GAP, 0);
  let from = 0;
  return [{ ...first!, width: rest }, ...others].map((column) => {
    const placed = { ...column, from };
    from += column.width + GAP;
    return placed;
  });
}

function lineHeight({ size }: Style): number {
  return size * 1.4;
}

function heightOf(cells: readonly (readonly DrawnLine[])[]): number {
  return Math.max(...cells.map((lines) => lines.reduce((sum, { style }) => sum + lineHeight(style), 0)));
}

/** A feature makes pdfkit draw the run as a whole; otherwise it draws the words from the left to the right. */
function runOptions({ isRtl }: TextRun): { features?: ['rtla'] } {
  return isRtl ? { features: ['rtla'] } : {};
}
