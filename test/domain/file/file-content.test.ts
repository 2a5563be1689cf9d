import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { newId } from '../../../src/database/new-id.ts';
import { ContentInspector } from '../../../src/domain/file/file-content.ts';
import { fileName } from '../../../src/domain/file/file-name.ts';
import { nameForType } from '../../../src/domain/file/file-types.ts';
import { officeType } from '../../../src/domain/file/zip-content.ts';
import { openFileStore, type FileStore } from '../../../src/files/file-store.ts';
import { zipFile } from '../../support/zip-file.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');

function typeOf(...chunks: Buffer[]) {
  const inspector = new ContentInspector();
  for (const chunk of chunks) inspector.add(chunk);
  return inspector.type;
}

describe('the type of a file', () => {
  it('is found by its first bytes, also when they arrive one by one', () => {
    expect(typeOf(bytes('%PDF-1.7\n%\xe2'))).to.equal('pdf');
    expect(typeOf(...Array.from('%PDF-1.7', (each) => bytes(each)))).to.equal('pdf');
    expect(typeOf(bytes('\x89PNG\r\n\x1a\n\0\0'))).to.equal('png');
    expect(typeOf(bytes('\xff\xd8\xff\xe0'))).to.equal('jpeg');
    expect(typeOf(bytes('GIF89a'))).to.equal('gif');
    expect(typeOf(bytes('RIFF\x10\0\0\0WEBPVP8 '))).to.equal('webp');
    expect(typeOf(Buffer.from('Name;Straße\r\nAda;1'))).to.equal('text');
    expect(typeOf(bytes('Caf\xe9'))).to.equal('text');
  });

  it('is none for pages, drawings, programs and other binary files', () => {
    for (const text of [
      '<!DOCTYPE html><p>x',
      '  \n<html>',
      '\xef\xbb\xbf<svg onload=alert(1)>',
      '<?xml version="1.0"?><svg/>',
      'Hello <script>alert(1)</script>',
      'MZ\x90\0',
      '#!/bin/sh\0',
      'RIFF\x10\0\0\0WAVE',
      '',
    ])
      expect(typeOf(bytes(text)), JSON.stringify(text)).to.equal(null);
    expect(typeOf(bytes('x'.repeat(10_000)), bytes('\0'))).to.equal(null);
  });

  it('gives the name an ending of the type, and no text the ending of another type', () => {
    expect(nameForType('a.PDF', 'pdf')).to.equal('a.PDF');
    expect(nameForType('page.html', 'pdf')).to.equal('page.html.pdf');
    expect(nameForType('photo.jpg', 'png')).to.equal('photo.jpg.png');
    expect(nameForType('page.html', 'text')).to.equal('page.html.txt');
    expect(nameForType('contract.pdf', 'text')).to.equal(null);
    expect(nameForType('', 'pdf')).to.equal('document.pdf');
  });

  it('comes with a name without folders, line breaks and invisible characters', () => {
    expect(fileName('C:\\temp\\a.pdf')).to.equal('a.pdf');
    expect(fileName('../../etc/passwd')).to.equal('passwd');
    expect(fileName('a\r\nSet-Cookie: x=1.pdf')).not.to.match(/[\r\n]/);
    expect(fileName('invoice\u202efdp.exe')).to.equal('invoicefdp.exe');
  });
});

describe('officeType', () => {
  let folder: string;
  let files: FileStore;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'zip-'));
    files = openFileStore(pathToFileURL(folder).href);
  });
  after(() => rm(folder, { recursive: true }));

  const check = async (content: Buffer) => {
    const key = { tenantId: newId(), id: newId() };
    const size = await files.put(
      key,
      (async function* () {
        yield content;
      })(),
    );
    return officeType(files, key, size);
  };

  const ODT = 'application/vnd.oasis.opendocument.text';

  it('is found by the entries of the archive', async () => {
    expect(await check(zipFile({ '[Content_Types].xml': '', 'word/document.xml': '' }))).to.equal('docx');
    expect(await check(zipFile({ '[Content_Types].xml': '', 'xl/workbook.xml': '' }))).to.equal('xlsx');
    expect(await check(zipFile({ mimetype: ODT, 'content.xml': '' }))).to.equal('odt');
    const ods = 'application/vnd.oasis.opendocument.spreadsheet';
    expect(await check(zipFile({ mimetype: ods, 'content.xml': '' }))).to.equal('ods');
  });

  it('is none for other archives, macros, templates, damaged archives and what follows another file', async () => {
    expect(await check(zipFile({ 'a.html': '<p>' }))).to.equal(null);
    const docx = { '[Content_Types].xml': '', 'word/document.xml': '' };
    expect(await check(zipFile({ ...docx, 'word/vbaProject.bin': '' }))).to.equal(null);
    expect(await check(zipFile({ mimetype: `${ODT}-template`, 'content.xml': '' }))).to.equal(null);
    expect(await check(zipFile(docx).subarray(0, -4))).to.equal(null);
    expect(await check(Buffer.concat([Buffer.from('PK\x03\x04<html>'), zipFile(docx)]))).to.equal(null);
    expect(await check(Buffer.from('PK\x03\x04'))).to.equal(null);
  });
});
