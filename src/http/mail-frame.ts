import type { Response } from 'express';

/** A page that shows a mail's HTML in a frame: the only frames there are, and only of our own. */
export function allowMailFrame(res: Response): void {
  const policy = String(res.get('Content-Security-Policy'));
  res.set('Content-Security-Policy', `${policy};frame-src 'self'`);
}

const LIVE = 'allow-popups allow-popups-to-escape-sandbox';

/**
 * A mail's HTML, for such a frame or a tab of its own. It brings its own styles and is not trusted: no script, no
 * form, no origin. Its links lead nowhere, or into a tab of their own where that is wanted.
 */
export function sendMailHtml(res: Response, html: string, { areLinksLive = false } = {}): void {
  const policy = [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    "form-action 'none'",
    "frame-ancestors 'self'",
    "base-uri 'none'",
    areLinksLive ? `sandbox ${LIVE}` : 'sandbox',
  ];
  res.set('Content-Security-Policy', policy.join('; '));
  res.set('X-Frame-Options', 'SAMEORIGIN');
  // Not in the frame itself, where a page of ours would be refused.
  res.type('html').send(html.replaceAll('<a ', '<a target="_blank" '));
}
