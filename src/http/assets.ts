import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Request, RequestHandler, Response } from 'express';
import { NotFound } from '../errors.ts';

interface Asset {
  /** With its dot; decides the content type. */
  extension: string;
  hash: string;
  plain: Buffer;
  /** Absent where compression saves nothing, as for images. */
  br?: Buffer;
  gzip?: Buffer;
}

export interface Assets {
  /** Returns the address of a file of public/, which contains the hash of its content. Throws if there is no such file. */
  href(name: string): string;
  /** Returns the file at that address. */
  get(href: string): Asset | undefined;
}

/** Reads and compresses public/ once, at start. Serving from memory costs a third of the CPU of serving from disk. */
export function readAssets(publicDir: string): Assets {
  const hrefs = new Map<string, string>();
  const assets = new Map<string, Asset>();
  for (const name of listFiles(publicDir)) {
    const plain = readFileSync(path.join(publicDir, name));
    const hash = createHash('sha256').update(plain).digest('hex').slice(0, 16);
    const extension = path.extname(name);
    const href = encodeURI(`/assets/${name.slice(0, name.length - extension.length)}.${hash}${extension}`);
    hrefs.set(name, href);
    assets.set(href, { extension, hash, plain, ...compress(plain) });
  }
  return { href: (name) => found(hrefs.get(name), name), get: (href) => assets.get(href) };
}

/** Serves `/assets/*path`. The address changes with the content, so a response may be cached for ever. */
export function serveAssets(assets: Assets): RequestHandler {
  return (req, res) => {
    const asset = assets.get(req.path);
    if (!asset) throw new NotFound('No such file');
    send(req, res, asset);
  };
}

/** Serves `/theme.:hash.css`: the colours of the portal's own tenant only. */
export const serveTheme: RequestHandler<{ hash: string }> = (req, res) => {
  const theme = req.portal.kind === 'platform' ? undefined : req.portal.tenant.theme;
  if (theme?.hash !== req.params.hash) throw new NotFound('No such stylesheet');
  send(req, res, { extension: '.css', hash: theme.hash, plain: Buffer.from(theme.css) });
};

/** Also handles HEAD and If-None-Match: Express's `send` does so once an ETag is set. */
function send(req: Request, res: Response, asset: Asset): void {
  res.type(asset.extension);
  res.set({ 'Cache-Control': 'public, max-age=31536000, immutable', ETag: `W/"${asset.hash}"` });
  if (asset.gzip) res.vary('Accept-Encoding');
  // Browsers accept both alike and name gzip first; brotli is smaller.
  const encoding = (['br', 'gzip'] as const).find((each) => asset[each] && req.acceptsEncodings(each));
  if (encoding) res.set('Content-Encoding', encoding);
  res.send(encoding ? asset[encoding] : asset.plain);
}

/** Names such as `images/logo.png`; no hidden files, and no links, which could lead out of the folder. */
function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .filter((name) => !/(^|\/)\./.test(name));
}

function compress(plain: Buffer): { br?: Buffer; gzip?: Buffer } {
  const gzip = gzipSync(plain, { level: 9 });
  return gzip.length < plain.length * 0.9 ? { br: brotliCompressSync(plain), gzip } : {};
}

function found<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new Error(`No file ${name} in public/`);
  return value;
}
