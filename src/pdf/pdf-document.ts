import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  BOTTOM,
  lineHeight,
  MARGIN,
  PdfPages,
  WIDTH,
  type DrawnLine,
  type PdfImage,
  type PdfOptions,
  type Place,
  type Style,
} from './pdf-pages.ts';

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

/** The parts of a business document, each below the one before. */
export class PdfWriter {
  readonly #pages: PdfPages;
  readonly #colour: string;

  private constructor(pages: PdfPages, colour: string) {
    this.#pages = pages;
    this.#colour = colour;
  }

  /** `colour` is that of the rule below the letterhead, as `#rrggbb`. */
  static async open({ colour, ...options }: PdfOptions & { colour: string }): Promise<PdfWriter> {
    return new PdfWriter(await PdfPages.open(options), colour);
  }

  /** A PNG image on the side where lines begin, and the lines on the other side. */
  letterhead(logo: PdfImage | null, { heading, lines }: Block): void {
    const top = this.#pages.y;
    if (logo) this.#pages.image(logo);
    const logoBottom = this.#pages.y;
    this.#pages.y = top;
    const place = this.#pages.place(WIDTH / 2, WIDTH / 2, true);
    this.#pages.write(heading, { ...STRONG, size: 11 }, place);
    for (const line of lines) this.#pages.write(line, LABEL, place);
    this.#pages.y = Math.max(this.#pages.y, logoBottom) + GAP;
    this.#pages.rule(this.#colour, 2);
    this.#pages.y += 2 * GAP;
  }

  title(text: string): void {
    this.#pages.write(text, TITLE, this.#pages.place(0, WIDTH));
    this.#pages.y += GAP;
  }

  /** A block of text, and facts beside it. */
  beside({ heading, lines }: Block, facts: readonly Fact[]): void {
    const top = this.#pages.y;
    const half = this.#pages.place(0, WIDTH / 2 - GAP);
    this.#pages.write(heading, HEADING, half);
    lines.forEach((line, n) => this.#pages.write(line, n === 0 ? STRONG : NORMAL, half));
    const bottom = this.#pages.y;
    this.#pages.y = top;
    for (const fact of facts) this.#fact(fact, { from: WIDTH / 2 + GAP, labelWidth: 110 });
    this.#pages.y = Math.max(this.#pages.y, bottom) + 2 * GAP;
  }

  paragraph(text: string): void {
    this.#pages.write(text, NORMAL, this.#pages.place(0, WIDTH));
    this.#pages.y += GAP;
  }

  heading(text: string): void {
    this.#pages.keepTogether(60);
    this.#pages.write(text, { ...STRONG, size: 11 }, this.#pages.place(0, WIDTH));
    this.#pages.y += GAP / 2;
  }

  /** The headings are repeated on each page. */
  async table(given: readonly Column[], rows: readonly TableRow[]): Promise<void> {
    const columns = placeColumns(given);
    this.#pages.keepTogether(60);
    this.#tableHead(columns);
    for (const row of rows) {
      this.#tableRow(columns, row);
      // Other requests are served between the rows of a long document.
      await nextTurn();
    }
    this.#pages.y += GAP;
  }

  /** Amounts below each other, below the amounts of a table. */
  totals(totals: readonly Total[]): void {
    this.#pages.keepTogether(totals.length * lineHeight(NORMAL) + GAP);
    for (const total of totals) {
      const style = total.is_strong ? STRONG : NORMAL;
      this.#fact(total, { from: WIDTH * 0.4, labelWidth: WIDTH * 0.38, style });
    }
    this.#pages.y += GAP;
  }

  /** Writes the bottom of each page. The document can then be read. */
  finish(name: string, pageText: (page: number, pages: number) => string): Readable {
    const pages = this.#pages;
    pages.eachBottom((page, count) => {
      pages.rule(LINE, 0.5);
      pages.y += GAP / 2;
      const top = pages.y;
      pages.write(name, SMALL, pages.place(0, (WIDTH * 3) / 4));
      pages.y = top;
      pages.write(pageText(page, count), SMALL, pages.place((WIDTH * 3) / 4, WIDTH / 4, true));
    });
    return pages.end();
  }

  #fact(
    { label, value }: Fact,
    { from, labelWidth, style = NORMAL }: { from: number; labelWidth: number; style?: Style },
  ): void {
    const labelPlace = this.#pages.place(from, labelWidth - GAP);
    const valuePlace = this.#pages.place(from + labelWidth, WIDTH - from - labelWidth, true);
    this.#pages.rows([
      this.#pages.wrap(label, style === NORMAL ? LABEL : style, labelPlace),
      this.#pages.wrap(value, style, valuePlace),
    ]);
  }

  #tableHead(columns: readonly PlacedColumn[]): void {
    this.#pages.rows(
      columns.map(({ heading, ...column }) => this.#pages.wrap(heading, HEADING, this.#cell(column))),
    );
    this.#pages.y += 2;
    this.#pages.rule(MUTED, 0.75);
    this.#pages.y += 4;
  }

  #tableRow(columns: readonly PlacedColumn[], { cells, notes = [], is_strong }: TableRow): void {
    const style = is_strong ? STRONG : NORMAL;
    const drawn = columns.map((column, n) => this.#pages.wrap(cells[n] ?? '', style, this.#cell(column)));
    const first = this.#cell(columns[0]!);
    drawn[0]!.push(...notes.flatMap((note) => this.#pages.wrap(note, SMALL, first)));
    const newPage = () => {
      this.#pages.newPage();
      this.#tableHead(columns);
    };
    const height = heightOf(drawn);
    if (this.#pages.y + height > BOTTOM && height < (BOTTOM - MARGIN) / 2) newPage();
    this.#pages.rows(drawn, newPage);
    this.#pages.y += 3;
    this.#pages.rule(LINE, 0.5);
    this.#pages.y += 4;
  }

  #cell({ from, width, isAmount }: Omit<PlacedColumn, 'heading'>): Place {
    return this.#pages.place(from, width, isAmount);
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

function heightOf(cells: readonly (readonly DrawnLine[])[]): number {
  return Math.max(...cells.map((lines) => lines.reduce((sum, { style }) => sum + lineHeight(style), 0)));
}
