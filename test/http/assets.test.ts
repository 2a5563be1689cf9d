import { expect } from 'chai';
import express, { type ErrorRequestHandler } from 'express';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { transform } from 'esbuild';
import request from 'supertest';
import { readAssets, serveAssets, type Assets } from '../../src/http/assets.ts';

const publicDir = path.resolve(import.meta.dirname, '../../public');

describe('Static files', () => {
  const assets = readAssets(publicDir);
  const app = serve(assets);

  it('have the hash of their content in the URL and may be cached permanently', async () => {
    const href = assets.href('app.js');
    expect(href).to.match(/^\/assets\/app\.[0-9a-f]{16}\.js$/);
    const res = await request(app).get(href).expect(200);
    expect(res.headers['cache-control']).to.equal('public, max-age=31536000, immutable');
    expect(res.headers['content-type']).to.equal('text/javascript; charset=utf-8');
    expect(res.text).to.equal(readFileSync(path.join(publicDir, 'app.js'), 'utf8'));
  });

  it('are stylesheets without their comments and indentation, and nothing else removed', async () => {
    const { headers, text } = await request(app).get(assets.href('app.css')).expect(200);
    expect(headers['content-type']).to.equal('text/css; charset=utf-8');
    expect(text).not.to.match(/\/\*|\n\s/);
    const source = readFileSync(path.join(publicDir, 'app.css'), 'utf8');
    expect(await rulesOf(text)).to.equal(await rulesOf(source));
  });

  it('are compressed with brotli, else gzip, else not at all, depending on Accept-Encoding', async () => {
    const as = (encoding: string) => request(app).get(assets.href('app.js')).set('Accept-Encoding', encoding);
    expect((await as('gzip, br')).headers['content-encoding']).to.equal('br');
    expect((await as('gzip')).headers['content-encoding']).to.equal('gzip');
    expect((await as('gzip, br;q=0')).headers['content-encoding']).to.equal('gzip');
    const plain = await as('identity');
    expect(plain.headers).not.to.have.property('content-encoding');
    expect(plain.headers['vary']).to.equal('Accept-Encoding');
  });

  it('respond with 304 to a matching If-None-Match', async () => {
    const href = assets.href('app.css');
    const { headers } = await request(app).get(href).expect(200);
    const again = await request(app).get(href).set('If-None-Match', headers['etag']!).expect(304);
    expect(again.text).to.equal('');
    expect(again.headers['cache-control']).to.equal('public, max-age=31536000, immutable');
    await request(app).get(href).set('If-None-Match', 'W/"0000000000000000"').expect(200);
  });

  it('send headers without a body for HEAD', async () => {
    const plain = { 'Accept-Encoding': 'identity' };
    const res = await request(app).head(assets.href('app.js')).set(plain).expect(200);
    expect(res.headers['content-length']).to.equal(
      String(readFileSync(path.join(publicDir, 'app.js')).length),
    );
    expect(res.text).to.equal(undefined);
  });

  it('respond with 404 under any other URL', async () => {
    await request(app).get('/assets/app.0000000000000000.css').expect(404);
    await request(app).get('/assets/app.css').expect(404);
    await request(app).get('/assets/..%2fpackage.json').expect(404);
  });

  it('throw an error when the URL of an unknown file is requested', () => {
    expect(() => assets.href('nothing.css')).to.throw('nothing.css');
  });

  it('stay within 15 KB (stylesheet) and 4 KB (script) compressed', () => {
    const size = (name: string) => gzipSync(readFileSync(path.join(publicDir, name))).length;
    expect(size('app.css')).to.be.below(15 * 1024);
    expect(size('app.js')).to.be.below(4 * 1024);
  });

  it('support both writing directions: the stylesheet uses only logical properties', () => {
    expect(readFileSync(path.join(publicDir, 'app.css'), 'utf8')).not.to.match(/\b(left|right)\b/);
  });
});

describe('Static files of a folder with images', () => {
  let folder: string;
  let assets: Assets;
  const image = randomBytes(2000);

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'portico-assets-'));
    const dir = path.join(folder, 'public');
    mkdirSync(path.join(dir, 'images'), { recursive: true });
    writeFileSync(path.join(dir, 'images', 'logo.png'), image);
    writeFileSync(path.join(dir, 'images', 'my logo.svg'), '<svg></svg>');
    writeFileSync(path.join(dir, '.hidden.css'), 'a {}');
    writeFileSync(path.join(folder, 'secret.txt'), 'secret');
    symlinkSync(path.join(folder, 'secret.txt'), path.join(dir, 'link.txt'));
    assets = readAssets(dir);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('are served from subfolders with the content type of their extension', async () => {
    const href = assets.href('images/logo.png');
    expect(href).to.match(/^\/assets\/images\/logo\.[0-9a-f]{16}\.png$/);
    const res = await request(serve(assets)).get(href).expect(200);
    expect(res.headers['content-type']).to.equal('image/png');
    expect(res.body).to.deep.equal(image);
  });

  it('are not compressed when that saves nothing', async () => {
    const res = await request(serve(assets)).get(assets.href('images/logo.png')).expect(200);
    expect(res.headers).not.to.have.any.keys('content-encoding', 'vary');
  });

  it('may have a space in their name', async () => {
    const res = await request(serve(assets)).get(assets.href('images/my logo.svg')).expect(200);
    expect(res.headers['content-type']).to.match(/^image\/svg\+xml/);
  });

  it('do not include hidden files or links to files outside the folder', () => {
    expect(() => assets.href('.hidden.css')).to.throw('No file');
    expect(() => assets.href('link.txt')).to.throw('No file');
  });
});

function serve(assets: Assets) {
  const respond404: ErrorRequestHandler = (_error, _req, res, _next) => void res.sendStatus(404);
  return express().get('/assets/*path', serveAssets(assets)).use(respond404);
}

const rulesOf = async (css: string) => (await transform(css, { loader: 'css', minify: true })).code;
