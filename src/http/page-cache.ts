import type { Request, Response } from 'express';
import type { Tenant } from '../domain/tenant/tenant.ts';
import { receivedCookieNames } from './cookies.ts';

/** Cookies that change no page. The CSRF token is inserted into the cached HTML. */
const IGNORED_COOKIES = new Set(['csrf', 'device']);

export type AnonymousLocals = { title: string } & Record<string, string | boolean>;

/** Express also routes other spellings of a path, each of which would take a place. */
const CANONICAL_PATH = /^(\/[a-z0-9-]+)+$/;

const MAX_PAGES = 1_000;

interface CachedPage {
  tenant: Tenant;
  /** The HTML between the CSRF tokens. */
  parts: string[];
  /** The length of `parts` without the tokens. */
  bytes: number;
}

/** The HTML of anonymous pages, until the directory reads their tenant again and makes a new object of it. */
export class PageCache {
  readonly #pages = new Map<string, CachedPage>();

  /** Sends the cached page, or else what `render` returns. */
  send(req: Request, res: Response, view: string, locals: AnonymousLocals, render: () => string): void {
    // With the tenant, this is everything that an anonymous page shows.
    const key = [req.portal.host, req.pathname, view, JSON.stringify(locals)].join(' ');
    const cached = this.#pages.get(key);
    const page = cached?.tenant === req.tenant ? cached : this.#store(key, splitAtTokens(req, render()));
    const token = req.csrfToken();
    res.setHeader('Content-Type', 'text/html; charset=utf-8');
    res.setHeader('Content-Length', page.bytes + (page.parts.length - 1) * token.length);
    res.end(page.parts.join(token));
  }

  #store(key: string, page: CachedPage): CachedPage {
    this.#pages.delete(key);
    this.#pages.set(key, page);
    // The first key of a Map is the oldest.
    if (this.#pages.size > MAX_PAGES) this.#pages.delete(this.#pages.keys().next().value!);
    return page;
  }
}

/** @throws {Error} for a form key, which only one user may submit */
function splitAtTokens(req: Request, html: string): CachedPage {
  if (html.includes('name="form_key"')) throw new Error(`The anonymous page ${req.pathname} has a form key`);
  const parts = html.split(req.csrfToken());
  return { tenant: req.tenant, parts, bytes: Buffer.byteLength(parts.join('')) };
}

/** Whether the page is one of a tenant and shows nothing of the visitor except the CSRF token. */
export function isCacheable(req: Request, res: Response): boolean {
  return (
    req.portal.kind !== 'platform' &&
    req.method === 'GET' &&
    res.statusCode === 200 &&
    // Without a query.
    CANONICAL_PATH.test(req.originalUrl) &&
    req.notice === undefined &&
    req.user === null &&
    (req.headers.cookie === undefined || receivedCookieNames(req).every((name) => IGNORED_COOKIES.has(name)))
  );
}
