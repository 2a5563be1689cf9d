import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler, Response } from 'express';
import helmet from 'helmet';
import type { Config } from '../config.ts';
import { normaliseHost } from './find-portal.ts';

/** Static files set their own Cache-Control. Also for unknown hosts, because it runs before `findPortal`. */
export function securityHeaders(config: Config): RequestHandler {
  const withSubdomains = allHeaders(config, { includeSubDomains: true });
  const withoutSubdomains = allHeaders(config, { includeSubDomains: false });
  return (req, res, next) => {
    res.setHeaders(isPlatformHost(req.headers.host, config) ? withSubdomains : withoutSubdomains);
    next();
  };
}

/** Not a tenant's own domain, whose other subdomains may be served on http. */
function isPlatformHost(header: string | undefined, config: Config): boolean {
  const host = normaliseHost(header, config.publicScheme) ?? '';
  return [config.portalDomain, config.operationsDomain].some((domain) => `.${host}`.endsWith(`.${domain}`));
}

function allHeaders(config: Config, options: { includeSubDomains: boolean }): Map<string, string> {
  const headers = helmetHeaders(config, options);
  headers.set('Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()');
  headers.set('Cache-Control', 'no-store');
  return headers;
}

/** Computed at the start, because no value depends on more than the kind of host. */
function helmetHeaders(
  config: Config,
  { includeSubDomains }: { includeSubDomains: boolean },
): Map<string, string> {
  const setHeaders = helmet({
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
    strictTransportSecurity: config.production ? { maxAge: 63_072_000, includeSubDomains } : false,
    // The default no-referrer makes browsers send Origin: null with forms, which the origin check refuses.
    referrerPolicy: { policy: 'same-origin' },
    // createApp disables the header.
    xPoweredBy: false,
    xFrameOptions: { action: 'deny' },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
  });
  const headers = new Map<string, string>();
  const recorder: Pick<ServerResponse, 'setHeader'> = {
    setHeader: (name, value) => {
      headers.set(name, String(value));
      return recorder as ServerResponse;
    },
  };
  setHeaders({} as IncomingMessage, recorder as ServerResponse, (error?: unknown) => {
    if (error) throw error;
  });
  return headers;
}

export function allowFrames(res: Response): void {
  const policy = String(res.get('Content-Security-Policy'));
  res.set('Content-Security-Policy', `${policy};frame-src 'self'`);
}

/** For a page that is shown only in a frame of the same portal. */
export function allowFraming(res: Response): void {
  const policy = String(res.get('Content-Security-Policy'));
  const framed = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'");
  res.set('Content-Security-Policy', framed.replace("form-action 'self'", "form-action 'none'"));
  res.set('X-Frame-Options', 'SAMEORIGIN');
}

interface EmailFrame {
  /** The origin of the logo. */
  images: string;
  areLinksEnabled?: boolean;
}

/** The HTML of an email is not trusted: the sandbox allows no script, form or origin. */
export function sendEmailHtml(
  res: Response,
  html: string,
  { images, areLinksEnabled = false }: EmailFrame,
): void {
  const policy = [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    `img-src ${images}`,
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
