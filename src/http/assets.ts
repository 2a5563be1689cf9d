import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Request, RequestHandler, Response } from 'express';
import { NotFound } from '../errors.ts';

interface Asset {
  type: string;
  plain: Buffer;
  /** Absent for what is compressed by its format. */
  br?: Buffer;
  gzip?: Buffer;
}

export interface Assets {
  /** The address of a file of public/, with the hash of its content in it. Throws for a file that is not there. */
  href(name: string): string;
  /** By the last part of that address. */
  get(file: string): Asset | undefined;
}

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
};

/** Reads and compresses public/ once, at the start. */
export function readAssets(publicDir: string): Assets {
  const hrefs = new Map<string, string>();
  const files = new Map<string, Asset>();
  for (const name of readdirSync(publicDir)) {
    const { ext, name: stem } = path.parse(name);
    const type = types[ext];
    if (type === undefined) continue;
    const plain = readFileSync(path.join(publicDir, name));
    const file = `${stem}.${createHash('sha256').update(plain).digest('hex').slice(0, 16)}${ext}`;
    hrefs.set(name, `/assets/${file}`);
    files.set(file, { type, plain, ...(/^text|svg/.test(type) && compressed(plain)) });
  }
  return { href: (name) => found(hrefs.get(name), name), get: (file) => files.get(file) };
}

/** `/assets/:file`: the address changes with the content, so an answer may be kept for ever and an old one is gone. */
export function serveAssets(assets: Assets): RequestHandler<{ file: string }> {
  return (req, res) => {
    const asset = assets.get(req.params.file);
    if (!asset) throw new NotFound('No such file');
    send(req, res, asset);
  };
}

/** `/theme.:hash.css`: the colours of the portal's own tenant and no other's. */
export const serveTheme: RequestHandler<{ hash: string }> = (req, res) => {
  const theme = req.portal.kind === 'platform' ? undefined : req.portal.tenant.theme;
  if (theme?.hash !== req.params.hash) throw new NotFound('No such stylesheet');
  send(req, res, { type: types['.css']!, plain: Buffer.from(theme.css) });
};

function send(req: Request, res: Response, asset: Asset): void {
  res.set({ 'Content-Type': asset.type, 'Cache-Control': 'public, max-age=31536000, immutable' });
  if (asset.gzip) res.vary('Accept-Encoding');
  // Browsers accept all alike and name gzip first: the smaller one is ours to choose.
  const encoding = (['br', 'gzip'] as const).find((each) => asset[each] && req.acceptsEncodings(each));
  if (encoding) res.set('Content-Encoding', encoding);
  res.end(encoding ? asset[encoding] : asset.plain);
}

function compressed(plain: Buffer): { br: Buffer; gzip: Buffer } {
  return { br: brotliCompressSync(plain), gzip: gzipSync(plain, { level: 9 }) };
}

function found<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new Error(`No file ${name} in public/`);
  return value;
}
