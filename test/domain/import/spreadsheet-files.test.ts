import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { detectFormat } from '../../../src/domain/csv/detect-format.ts';
import { contentOf, readAllRows } from '../../support/csv.ts';

interface Expected {
  encoding: string;
  delimiter: string;
  dates?: [string, string];
  /** Where the program writes numbers as it shows them. */
  numbers?: [string, string, string, string];
  arabic?: string;
}

const SHORTENED: Expected['numbers'] = ['4.92912E+15', '4.42079E+11', '4.929E+15', '4.42079E+11'];

const files: Record<string, Expected> = {
  'libreoffice.csv': { encoding: 'utf-8', delimiter: ',' },
  'numbers.csv': { encoding: 'utf-8', delimiter: ',' },
  'google-sheets.csv': { encoding: 'utf-8', delimiter: ',' },
  'excel-utf8.csv': {
    encoding: 'utf-8',
    delimiter: ',',
    dates: ['31/01/2026', '03/02/2026'],
    numbers: SHORTENED,
  },
  'excel-unicode-text.txt': {
    encoding: 'utf-16le',
    delimiter: '\t',
    dates: ['31/01/2026', '03/02/2026'],
    numbers: SHORTENED,
  },
  'excel-semicolon-windows-1252.csv': {
    encoding: 'windows-1252',
    delimiter: ';',
    dates: ['31.01.2026', '03.02.2026'],
    numbers: SHORTENED.map((number) => number.replace('.', ',')) as Expected['numbers'] & object,
    arabic: 'Omar',
  },
};

describe('The files of spreadsheet programs', () => {
  for (const [name, { encoding, delimiter, dates, numbers, arabic = 'عمر' }] of Object.entries(files))
    it(`have the same table: ${name}`, async () => {
      const content = readFileSync(new URL(`../../fixtures/import/${name}`, import.meta.url));
      const detected = await detectFormat(contentOf(content));
      if (!detected.ok) throw new Error(detected.errors[0]!.code);
      expect(detected.format).to.include({ encoding, delimiter });
      expect(detected.format.header).to.eql('Email,Name,Phone,Code,Card,Big,Joined,Note'.split(','));
      const [joined = '2026-01-31', later = '2026-02-03'] = dates ?? [];
      const [card, big, otherCard, otherBig] = numbers ?? [
        '4929123412341234',
        '442079460000',
        '4929000011112222',
        '442079460001',
      ];
      expect(await readAllRows(contentOf(content), detected.format)).to.eql([
        row(2, ['ada@example.com', 'Ada Müller', '+44 20 7946 0000', '00123', card, big, joined, 'say "hi"']),
        row(3, [
          'omar@example.com',
          arabic,
          '0171 123',
          '00007',
          otherCard,
          otherBig,
          later,
          'two\nlines, and a comma; and a semicolon',
        ]),
        row(5, ['zoe@example.com', 'Zoë', '', 'A-1', '', '', '', '']),
      ]);
    });
});

function row(line: number, cells: string[]) {
  return { line, cells, error: null };
}
