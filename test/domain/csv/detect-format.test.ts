import { expect } from 'chai';
import { gzipSync } from 'node:zlib';
import type { FieldError } from '../../../src/domain/form/parse-values.ts';
import { detectFormat, type DetectedFormat } from '../../../src/domain/csv/detect-format.ts';
import { contentOf } from '../../support/csv.ts';

const detect = async (
  content: string | Uint8Array,
  ...chosen: Parameters<typeof detectFormat> extends [unknown, ...infer Rest] ? Rest : never
) => shown(await detectFormat(contentOf(content), ...chosen));

/** A refusal with its code and parameters. */
function shown(detected: DetectedFormat) {
  if (detected.ok) return detected;
  const [{ field: _, ...error }] = detected.errors as [FieldError];
  return { ok: false as const, ...error };
}

const codeOf = async (content: string | Uint8Array) => {
  const detected = await detect(content);
  return detected.ok ? 'ok' : detected.code;
};

describe('the format of a CSV file', () => {
  it('is found in its beginning', async () => {
    for (const [content, encoding, delimiter] of [
      ['Name,City\nAda,London\n', 'utf-8', ','],
      ['\uFEFFName;City\nAda;Zürich\n', 'utf-8', ';'],
      ['Name\tCity\nAda\tLondon, UK\n', 'utf-8', '\t'],
      [Buffer.from('Name;City\nAda;Zürich\n', 'latin1'), 'windows-1252', ';'],
      [Buffer.from('Name;City\nAda;ü', 'latin1'), 'windows-1252', ';'],
      [Buffer.from('Name;City\nAda;ü\x81\n', 'latin1'), 'iso-8859-1', ';'],
      [Buffer.from('\uFEFFName\tCity\r\nAda\tعربي\r\n', 'utf16le'), 'utf-16le', '\t'],
      [Buffer.from('Name\tCity\r\nAda\tعربي\r\n', 'utf16le'), 'utf-16le', '\t'],
      [Buffer.from('\uFEFFName\tCity\r\nAda\tZürich\r\n', 'utf16le').swap16(), 'utf-16be', '\t'],
      [Buffer.from('Name\tCity\r\nAda\tZürich\r\n', 'utf16le').swap16(), 'utf-16be', '\t'],
      ['sep=;\r\nName;City\r\nAda;London\r\n', 'utf-8', ';'],
      ['Name,City,,\rAda,London,,\r', 'utf-8', ','],
    ] as const)
      expect(await detect(content)).to.eql({
        ok: true,
        format: { encoding, delimiter, header: ['Name', 'City'] },
      });
  });

  it('has the delimiter that cuts the rows alike', async () => {
    const rows = 'Name;Price\n"Box, large";1,50\n"Box, small";2,50\n';
    expect(await detect(rows)).to.have.nested.property('format.delimiter', ';');
    expect(await detect('Email\na@example.com\n'))
      .to.have.nested.property('format.header')
      .eql(['Email']);
  });

  it('is that which the user chose', async () => {
    const latin = Buffer.from('Name;City\nAda;Zürich\n', 'latin1');
    expect(await detect(latin, { delimiter: ',' }))
      .to.have.nested.property('format.header')
      .eql(['Name;City']);
    expect(await detect(latin, { encoding: 'utf-8' })).to.eql({
      ok: false,
      code: 'file_has_invalid_bytes',
      params: { line: 2 },
    });
  });

  it('is refused for files of other programs', async () => {
    const zip = (name: string) =>
      Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), Buffer.alloc(26), Buffer.from(name)]);
    for (const [content, code] of [
      ['', 'file_empty'],
      [gzipSync('Name,City\nAda,London\n'), 'file_is_compressed'],
      [zip('notes.txt'), 'file_is_compressed'],
      [zip('[Content_Types].xml'), 'file_is_spreadsheet'],
      [zip('mimetypeapplication/vnd.oasis.opendocument.spreadsheet'), 'file_is_spreadsheet'],
      [Buffer.from('d0cf11e0a1b11ae10000', 'hex'), 'file_is_spreadsheet'],
      ['%PDF-1.7\n', 'file_is_pdf'],
      [Buffer.from('89504e470d0a1a0a0000', 'hex'), 'file_is_image'],
      [Buffer.from('ffd8ffe000104a46', 'hex'), 'file_is_image'],
      ['RIFF1234WEBPVP8 ', 'file_is_image'],
      ['<!DOCTYPE html>\n<html><body>\n', 'file_is_web_page'],
      ['\n<table>\n<tr>\n', 'file_is_web_page'],
      ['[{"name":"Ada"}]\n', 'file_is_json'],
      ['{\n  "users": []\n}\n', 'file_is_json'],
      [Buffer.from([1, 2, 3, 4, 10, 5, 6]), 'file_not_csv'],
    ] as const)
      expect(await codeOf(content), String(content).slice(0, 30)).to.equal(code);
  });

  it('is refused for NULs, open quotes and bad headings, with the place', async () => {
    expect(await detect('Name,City\nAda,Lon\0don\n')).to.eql({
      ok: false,
      code: 'file_has_nul',
      params: { line: 2 },
    });
    expect(await detect('Name,City\nAda,"London\n')).to.eql({
      ok: false,
      code: 'file_has_open_quote',
      params: { line: 2 },
    });
    const wide = Array.from({ length: 10_000 }, (_, n) => `c${n}`).join(',');
    expect(await detect(`${wide}\n${wide}\n`)).to.include({ code: 'too_many_columns' });
    expect(await detect('Name,,City\nAda,x,London\n')).to.eql({
      ok: false,
      code: 'heading_empty',
      params: { number: 2 },
    });
    expect(await detect('Name,City,Name\nAda,x,y\n')).to.eql({
      ok: false,
      code: 'heading_repeated',
      params: { heading: 'Name' },
    });
    expect(await codeOf(`${'x'.repeat(2_000_000)}\n1\n`)).to.equal('header_too_long');
  });

  it('is refused for a file without rows', async () => {
    for (const content of ['Name,City\n', 'Name,City', '\n\n', ' ', 'Name,City\n,,\n\n'])
      expect(await codeOf(content)).to.equal('file_has_no_rows');
  });
});
