import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Request, RequestHandler, Response } from 'express';
import { NotFound } from '../errors.ts';

interface Asset {
  /** Includes the dot. */
  extension: string;
  hash: string;
  plain: Buffer;
  /** Absent when compression saves less than a tenth, as for images. */
  br?: Buffer;
  gzip?: Buffer;
}

export interface Assets {
  /** @throws when public/ has no such file */
  href(name: string): string;
  get(href: string): Asset | undefined;
}

/** Keeps the files in memory, because serving from disk takes three times the CPU. */
export function readAssets(publicDir: string): Assets {
  const hrefs = new Map<string, string>();
  const assets = new Map<string, Asset>();
  for (const name of listFiles(publicDir)) {
    const extension = path.extname(name);
    const content = readFileSync(path.join(publicDir, name));
    const plain = extension === '.css' ? shortenStylesheet(content) : content;
    const hash = createHash('sha256').update(plain).digest('hex').slice(0, 16);
    const href = encodeURI(`/assets/${name.slice(0, name.length - extension.length)}.${hash}${extension}`);
    hrefs.set(name, href);
    assets.set(href, { extension, hash, plain, ...compress(plain) });
  }
  return { href: (name) => requireFile(hrefs.get(name), name), get: (href) => assets.get(href) };
}

/** The same at every host. */
export function serveAssets(assets: Assets): RequestHandler {
  return (req, res, next) => {
    const asset = assets.get(req.path);
    if (!asset) return next();
    send(req, res, asset);
  };
}

export const serveTheme: RequestHandler<{ hash: string }> = (req, res) => {
  const theme = req.portal.kind === 'platform' ? undefined : req.portal.tenant.theme;
  if (theme?.hash !== req.params.hash) throw new NotFound('No such stylesheet');
  send(req, res, { extension: '.css', hash: theme.hash, plain: Buffer.from(theme.css) });
};

/** Express handles HEAD and If-None-Match when an ETag is set. */
function send(req: Request, res: Response, asset: Asset): void {
  res.type(asset.extension);
  res.set({ 'Cache-Control': 'public, max-age=31536000, immutable', ETag: `W/"${asset.hash}"` });
  if (asset.gzip) res.vary('Accept-Encoding');
  // Brotli is smaller, although browsers list gzip first.
  const encoding = (['br', 'gzip'] as const).find((each) => asset[each] && req.acceptsEncodings(each));
  if (encoding) res.set('Content-Encoding', encoding);
  res.send(encoding ? asset[encoding] : asset.plain);
}

/** Without hidden files and without links, which could lead out of the folder. */
function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .filter((name) => !/(^|\/)\./.test(name));
}

/** Removes comments and indentation, 6 % of the compressed size. Strings of the stylesheet must hold neither. */
function shortenStylesheet(css: Buffer): Buffer {
  return Buffer.from(
    css
      .toString()
      .replaceAll(/\/\*.*?\*\//gs, '')
      .replaceAll(/\n\s+/g, '\n'),
  );
}

function compress(plain: Buffer): { br?: Buffer; gzip?: Buffer } {
  const gzip = gzipSync(plain, { level: 9 });
  return gzip.length < plain.length * 0.9 ? { br: brotliCompressSync(plain), gzip } : {};
}

function requireFile<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new Error(`No file ${name} in public/`);
  return value;
}
