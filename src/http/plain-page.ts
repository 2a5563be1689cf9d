import { createHash } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Request, Response } from 'express';
import { escapeHtml } from '../compile-view.ts';

/** Works without a portal, whose host is needed for assets. The colours are those of public/app.css. */
const STYLE = `
:root{color-scheme:light dark;font:1rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',Helvetica,Arial,sans-serif;color:light-dark(#16181d,#eceef2);background:light-dark(#f4f5f7,#0b0c0f)}
body{margin:0;min-block-size:100vh;display:grid;place-items:center;padding:1.5rem;box-sizing:border-box}
main{inline-size:100%;max-inline-size:34rem;padding:clamp(1.5rem,6vw,2.5rem);box-sizing:border-box;overflow-wrap:anywhere;border:1px solid light-dark(#e6e7ec,#2a2d35);border-radius:14px;background:light-dark(#fff,#121317);box-shadow:0 8px 24px -6px light-dark(rgb(20 24 36 / .06),rgb(0 0 0 / .35))}
h1{margin:0 0 .5rem;font-size:1.5rem;line-height:1.25}
h2{margin:1.5rem 0 .25rem;font-size:1rem}
p,ul{margin:0;color:light-dark(#575c68,#a9afbb)}
ul{padding:0;list-style:none}
a{color:light-dark(#2f4bd8,#8f9df2);display:inline-block;padding-block:.25rem}
a:focus-visible{outline:3px solid light-dark(#0b57d0,#a8c7fa);outline-offset:2px;border-radius:4px}
`;

const STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

/** Only `more` is HTML. */
export function plainPage(title: string, text: string, more = ''): string {
  const heading = escapeHtml(title);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${heading}</title><style>${STYLE}</style></head>
<body><main><h1>${heading}</h1><p>${escapeHtml(text)}</p>${more}</main></body></html>
`;
}

export function sendPlainPage(res: Response, title: string, text: string, more = ''): void {
  const policy = res.get('Content-Security-Policy') ?? "style-src 'self'";
  res.set('Content-Security-Policy', policy.replace("style-src 'self'", `style-src ${STYLE_SOURCE}`));
  res.type('html').send(plainPage(title, text, more));
}

/** JSON for a caller that reads it; else a page without layout or assets. */
export function sendPlainError(req: Request, res: Response, title: string, text: string): void {
  if (!req.respondsInJson) return sendPlainPage(res, title, text);
  const { statusCode: status } = res;
  res
    .type('application/problem+json')
    .send(JSON.stringify({ status, title: STATUS_CODES[status], request_id: req.id }));
}

/** A whole response for a socket whose request could not be parsed. */
export function plainResponse(status: number, title: string, text: string): string {
  const body = plainPage(title, text);
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: text/html; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Content-Security-Policy: default-src 'none';style-src ${STYLE_SOURCE};frame-ancestors 'none'`,
    'X-Content-Type-Options: nosniff',
    'Cache-Control: no-store',
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
