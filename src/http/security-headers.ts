import type { RequestHandler, Response } from 'express';
import helmet from 'helmet';
import type { Config } from '../config.ts';

/** Static files set their own Cache-Control. */
export function securityHeaders(config: Config): RequestHandler[] {
  const policy = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    strictTransportSecurity: config.production ? { maxAge: 63_072_000, includeSubDomains: true } : false,
    // The default no-referrer makes browsers send Origin: null with forms, which the origin check refuses.
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
  });
  return [
    policy,
    (_req, res, next) => {
      res.set('Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()');
      res.set('Cache-Control', 'no-store');
      next();
    },
  ];
}

export function allowEmailFrame(res: Response): void {
  const policy = String(res.get('Content-Security-Policy'));
  res.set('Content-Security-Policy', `${policy};frame-src 'self'`);
}

/** The HTML of an email is not trusted: the sandbox allows no script, form or origin. */
export function sendEmailHtml(res: Response, html: string, { areLinksEnabled = false } = {}): void {
  const policy = [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    "form-action 'none'",
    "frame-ancestors 'self'",
    "base-uri 'none'",
    areLinksEnabled ? 'sandbox allow-popups allow-popups-to-escape-sandbox' : 'sandbox',
  ];
  res.set('Content-Security-Policy', policy.join('; '));
  res.set('X-Frame-Options', 'SAMEORIGIN');
  // Portal pages refuse to be framed, so links must leave the frame.
  res.type('html').send(html.replaceAll('<a ', '<a target="_blank" '));
}
