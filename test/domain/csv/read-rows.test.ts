import { expect } from 'chai';
import * as fc from 'fast-check';
import type { CsvFormat, Encoding } from '../../../src/domain/csv/csv-format.ts';
import { contentOf, readAllRows, readBatches } from '../../support/csv.ts';

const format = (header: string[], given: Partial<CsvFormat> = {}): CsvFormat => ({
  encoding: 'utf-8',
  delimiter: ',',
  header,
  ...given,
});
const AB = format(['A', 'B']);

function encode(text: string, encoding: Encoding): Buffer {
  if (encoding === 'utf-8') return Buffer.from(text);
  if (encoding === 'utf-16le') return Buffer.from(text, 'utf16le');
  if (encoding === 'utf-16be') return Buffer.from(text, 'utf16le').swap16();
  return Buffer.from(text, 'latin1');
}

describe('the rows of a CSV file', () => {
  it('have the line where they begin and a cell for each heading', async () => {
    const rows = await readAllRows(contentOf('A,B\r\n1,2\r\n\r\n"x\ny",""\r\n3,4'), AB);
    expect(rows).to.eql([
      { line: 2, cells: ['1', '2'], error: null },
      { line: 4, cells: ['x\ny', ''], error: null },
      { line: 6, cells: ['3', '4'], error: null },
    ]);
  });

  it('have quotes within cells', async () => {
    const rows = await readAllRows(contentOf('A,B\n"say ""hi""",5" pipe\n"a"b,"c,d"\n'), AB);
    expect(rows.map(({ cells }) => cells)).to.eql([
      ['say "hi"', '5" pipe'],
      ['ab', 'c,d'],
    ]);
  });

  it('lose the apostrophe that protects a text, except before an equals sign', async () => {
    const rows = await readAllRows(contentOf(`A,B\n'+44 20,"'=1+1"\n'tis,'@x\n`), AB);
    expect(rows.map(({ cells }) => cells)).to.eql([
      ['+44 20', "'=1+1"],
      ["'tis", '@x'],
    ]);
  });

  it('name rows with too many and too few cells, but no empty ones at their end', async () => {
    const rows = await readAllRows(contentOf('A,B\n1,2,,\n1,2,3\n1\n,,\n'), AB);
    expect(rows.map(({ error }) => error)).to.eql([null, 'too_many_cells', 'too_few_cells']);
    expect(rows[0]!.cells).to.eql(['1', '2']);
  });

  it('are read after a row of 5 MB', async () => {
    for (const long of ['x'.repeat(5_000_000), `"${'x\n'.repeat(2_500_000)}"`]) {
      const rows = await readAllRows(contentOf(`A,B\n1,${long}\n3,4\n`), AB);
      expect(rows.map(({ error }) => error)).to.eql(['row_too_long', null]);
      expect(rows[0]!.cells[0]).to.equal('1');
      expect(rows[0]!.cells[1]!.length).to.be.lessThan(2_000);
      expect(rows[1]!.line).to.equal(3 + long.split('\n').length - 1);
    }
  });

  it('name the line where a quote is not closed', async () => {
    const error = await failure(readAllRows(contentOf('A,B\n1,2\n"x\ny","z\n1,2\n'), AB));
    expect(error).to.include({ code: 'file_has_open_quote', line: 4 });
  });

  it('name the line of a byte of another encoding and of a NUL', async () => {
    const latin = Buffer.from(`A,B\n${'1,2\n'.repeat(40_000)}Müller,1\n`, 'latin1');
    expect(await failure(readAllRows(contentOf(latin), AB))).to.include({
      code: 'file_has_invalid_bytes',
      line: 40_002,
    });
    expect(await failure(readAllRows(contentOf('A,B\n1,2\n1,\0\n'), AB))).to.include({
      code: 'file_has_nul',
      line: 3,
    });
    const cut = Buffer.from('A,B\n1,ü').subarray(0, -1);
    expect(await failure(readAllRows(contentOf(cut), AB))).to.include({
      code: 'file_has_invalid_bytes',
      line: 2,
    });
  });

  it('may all end in a carriage return', async () => {
    const rows = await readAllRows(contentOf('A,B\r1,"x\ny"\r3,4\r'), AB);
    expect(rows.map(({ line, cells }) => [line, ...cells])).to.eql([
      [2, '1', 'x\ny'],
      [3, '3', '4'],
    ]);
  });

  it('name a carriage return in a file of other line ends', async () => {
    const rows = await readAllRows(contentOf('A,B\r\n1,x\ry\r\n3,4\r\n'), AB);
    expect(rows.map(({ error }) => error)).to.eql(['stray_line_end', null]);
    const mixed = await readAllRows(contentOf(`A,B\r${'1,2\r'.repeat(30_000)}3,4\n`), AB);
    expect(mixed.at(-1)).to.include({ error: 'stray_line_end', line: 30_002 });
  });

  it('leave out the line with which Excel names the delimiter', async () => {
    const rows = await readAllRows(contentOf('sep=;\r\nA;B\r\n1;2\r\n'), { ...AB, delimiter: ';' });
    expect(rows).to.eql([{ line: 3, cells: ['1', '2'], error: null }]);
  });

  it('come in batches of at most 1,000', async () => {
    const batches = await readBatches(contentOf(`A,B\n${'1,2\n'.repeat(2_500)}`), AB);
    expect(batches.map(({ rows }) => rows.length)).to.eql([1_000, 1_000, 500]);
    const long = `1,${'x'.repeat(900_000)}\n`;
    const few = await readBatches(contentOf(`A,B\n${long.repeat(12)}`), AB);
    expect(few.map(({ rows }) => rows.length)).to.eql([5, 5, 2]);
  });

  for (const encoding of ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'iso-8859-1'] as const)
    it(`can be read on from the place of each batch: ${encoding}`, async () => {
      const wide = encoding.startsWith('utf') ? '\u{1F600}عربي€' : 'ü';
      const mark = encoding.startsWith('utf') ? '\uFEFF' : '';
      for (const end of ['\n', '\r\n', '\r']) {
        const lines = Array.from({ length: 2_300 }, (_, n) => `${n}${wide},"q${end}""${wide}"${end}`);
        const open = contentOf(encode(`${mark}A,B${end}${lines.join('')}`, encoding), 7_001);
        const given = { ...AB, encoding };
        const batches = await readBatches(open, given);
        const all = batches.flatMap(({ rows }) => rows);
        expect(all).to.have.length(2_300);
        expect(all[2_299]).to.eql({ line: 4_600, cells: [`2299${wide}`, `q${end}"${wide}`], error: null });
        expect(await readAllRows(open, given, batches[0]!.place)).to.eql(all.slice(1_000));
        expect(await readAllRows(open, given, batches[1]!.place)).to.eql(all.slice(2_000));
        expect(await readAllRows(open, given, batches[2]!.place)).to.eql([]);
      }
    });

  it('are those that were written, whatever the cells contain', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', 'ü', '"', ',', '\n', '\r\n', ' ', '€', '5'),
      maxLength: 6,
    });
    const row = fc.tuple(cell, cell).filter((cells) => cells.some((text) => text.trim() !== ''));
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 20 }),
        fc.integer({ min: 1, max: 9 }),
        async (rows, part) => {
          const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
          const text = rows.map((cells) => `${cells.map(quoted).join(',')}\r\n`).join('');
          const read = await readAllRows(contentOf(`A,B\r\n${text}`, part), AB);
          expect(read.map(({ cells }) => cells)).to.eql(rows);
        },
      ),
      { numRuns: 200 },
    );
  });
});

async function failure(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('Nothing failed');
}
