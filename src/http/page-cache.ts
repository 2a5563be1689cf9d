import type { Request, Response } from 'express';
import type { Tenant } from '../domain/tenant/tenant.ts';
import { receivedCookieNames } from './cookies.ts';

/** Cookies that change no page. The CSRF token is inserted into the cached HTML. */
const IGNORED_COOKIES = new Set(['csrf', 'device']);

export type AnonymousLocals = { title: string } & Record<string, string | boolean>;

interface CachedPage {
  /** Undefined at the platform console. */
  tenant: Tenant | undefined;
  /** The HTML between the CSRF tokens. */
  parts: string[];
  /** Of the parts. */
  bytes: number;
}

/** The HTML of anonymous pages. A page is rendered again after the directory has read its tenant again. */
export class PageCache {
  readonly #pages = new Map<string, CachedPage>();
  readonly #maxPages: number;

  constructor(maxPages = 1_000) {
    this.#maxPages = maxPages;
  }

  get size(): number {
    return this.#pages.size;
  }

  /** Sends the cached page, or else what `render` returns. */
  send(req: Request, res: Response, view: string, locals: AnonymousLocals, render: () => string): void {
    // With the tenant, this is everything that an anonymous page shows.
    const key = [req.portal.host, req.pathname, view, JSON.stringify(locals)].join(' ');
    const cached = this.#pages.get(key);
    const page = cached && cached.tenant === req.tenant ? cached : this.#store(req, key, render());
    const token = req.csrfToken();
    res.setHeader('Content-Type', 'text/html; charset=utf-8');
    res.setHeader('Content-Length', page.bytes + (page.parts.length - 1) * token.length);
    res.end(page.parts.join(token));
  }

  /** @throws {Error} for a form key, which only one user may submit */
  #store(req: Request, key: string, html: string): CachedPage {
    if (html.includes('name="form_key"'))
      throw new Error(`The anonymous page ${req.pathname} has a form key`);
    const parts = html.split(req.csrfToken());
    const page = { tenant: req.tenant, parts, bytes: Buffer.byteLength(parts.join('')) };
    this.#pages.delete(key);
    this.#pages.set(key, page);
    // The first key of a Map is the oldest.
    if (this.#pages.size > this.#maxPages) this.#pages.delete(this.#pages.keys().next().value!);
    return page;
  }
}

/** Whether the page shows nothing of the visitor except the CSRF token. */
export function isCacheable(req: Request, res: Response): boolean {
  return (
    req.method === 'GET' &&
    res.statusCode === 200 &&
    // Without a query.
    req.originalUrl === req.pathname &&
    req.notice === undefined &&
    req.user === null &&
    req.operator === null &&
    (req.headers.cookie === undefined || receivedCookieNames(req).every((name) => IGNORED_COOKIES.has(name)))
  );
}
