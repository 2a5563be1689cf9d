import { expect } from 'chai';
import express, { type ErrorRequestHandler } from 'express';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import request from 'supertest';
import { readAssets, serveAssets } from '../../src/http/assets.ts';

const publicDir = path.resolve(import.meta.dirname, '../../public');

describe('Static files', () => {
  const assets = readAssets(publicDir);
  const answer404: ErrorRequestHandler = (_error, _req, res, _next) => void res.sendStatus(404);
  const app = express().get('/assets/:file', serveAssets(assets)).use(answer404);

  it('have the hash of their content in the URL and may be cached permanently', async () => {
    const href = assets.href('app.css');
    expect(href).to.match(/^\/assets\/app\.[0-9a-f]{16}\.css$/);
    const res = await request(app).get(href).expect(200);
    expect(res.headers['cache-control']).to.equal('public, max-age=31536000, immutable');
    expect(res.headers['content-type']).to.equal('text/css; charset=utf-8');
  });

  it('are compressed for clients that accept it, and plain for others', async () => {
    const as = (encoding: string) => request(app).get(assets.href('app.js')).set('Accept-Encoding', encoding);
    expect((await as('gzip, br')).headers['content-encoding']).to.equal('br');
    expect((await as('gzip')).headers['content-encoding']).to.equal('gzip');
    const plain = await as('identity');
    expect(plain.headers).not.to.have.property('content-encoding');
    expect(plain.headers['vary']).to.equal('Accept-Encoding');
  });

  it('respond with 404 under any other URL', async () => {
    await request(app).get('/assets/app.0000000000000000.css').expect(404);
    await request(app).get('/assets/..%2fpackage.json').expect(404);
  });

  it('throw for a name that does not exist', () => {
    expect(() => assets.href('nothing.css')).to.throw('nothing.css');
  });

  it('stay within 15 KB (stylesheet) and 4 KB (script) compressed', () => {
    const size = (name: string) => gzipSync(readFileSync(path.join(publicDir, name))).length;
    expect(size('app.css')).to.be.below(15 * 1024);
    expect(size('app.js')).to.be.below(4 * 1024);
  });

  it('serve both writing directions: the stylesheet uses logical properties only', () => {
    expect(readFileSync(path.join(publicDir, 'app.css'), 'utf8')).not.to.match(/\b(left|right)\b/);
  });
});
