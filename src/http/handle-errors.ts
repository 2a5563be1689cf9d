import type { ErrorRequestHandler, RequestHandler } from 'express';
import {
  BadRequest,
  FileNotStored,
  Forbidden,
  ForeignOrigin,
  FormBeingSaved,
  MethodNotAllowed,
  NoContext,
  NotFound,
  PortalClosed,
  StorageFull,
  TooManyRequests,
  TooManySimultaneousRequests,
  Unauthorized,
  UnknownAttempt,
  UnsupportedBody,
  Unavailable,
} from '../errors.ts';
import { isUnreachable } from '../database/lost-connections.ts';
import { permissionLabel } from '../domain/role/permissions.ts';
import type { Log } from '../log.ts';
import { translator, type Plural } from '../locales/translate.ts';
import { isExpiredForm, showExpiredForm } from './csrf.ts';
import type { Portal } from './find-portal.ts';
import { sendPlainError } from './plain-page.ts';
import { rejectionOf } from './rejection-log.ts';
import { shownWait } from './shown-wait.ts';

type PortalKind = Portal['kind'];

interface ErrorResponse {
  status: number;
  title: string;
  text: string | Plural;
  params?: Record<string, string | number>;
  permission?: string;
  /** The text says that the user should contact the tenant. */
  has_contact?: boolean;
  retryAfter?: number;
  allow?: readonly string[];
}

export const notFound: RequestHandler = () => {
  throw new NotFound('No such page');
};

/** Callers below a path that read JSON also get the errors of the handlers in front of their pipeline as JSON. */
export const respondInJson: RequestHandler = (req, _res, next) => {
  req.respondsInJson = true;
  next();
};

/** Responds with the request's id; the error itself is only logged. */
export function handleErrors(log: Log): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    const response = toErrorResponse(error, req.portal?.kind);
    req.rejection = rejectionOf(error);
    if (response.status >= 500)
      log.error({ err: error, request_id: req.id, path: req.pathname }, 'request failed');
    // The session could not be saved after the response was complete.
    if (res.writableEnded) return;
    if (res.headersSent) return void res.destroy();
    if (response.retryAfter !== undefined) res.set('Retry-After', String(response.retryAfter));
    if (response.allow) res.set('Allow', response.allow.join(', '));
    res.status(response.status);
    const text = translator('en')(response.text, response.params);
    // An error before the portal was found has no layout.
    if (!req.portal || req.respondsInJson) return sendPlainError(req, res, response.title, text);
    try {
      if (isExpiredForm(error)) return showExpiredForm(req, res, error);
      if (error instanceof PortalClosed)
        return res.page('errors/portal-closed', { title: response.title, is_bare: true, is_closed: true });
      res.page('errors/problem', { ...response, request_id: req.id });
    } catch (failed) {
      log.error({ err: failed, request_id: req.id }, 'error page failed');
      sendPlainError(req, res, response.title, text);
    }
  };
}

/** Does not log the refused requests: the start has logged why it waits. */
export function refuseUntilStarted(isStarted: () => boolean): RequestHandler {
  return (req, res, next) => {
    if (isStarted()) return next();
    res.status(unavailable.status).set('Retry-After', String(unavailable.retryAfter));
    sendPlainError(req, res, unavailable.title, unavailable.text);
  };
}

const unavailable = {
  status: 503,
  title: 'The service is not available',
  text: 'Try again in a few seconds.',
  retryAfter: 5,
} satisfies ErrorResponse;

const notSaved: ErrorResponse = {
  status: 503,
  title: 'Nothing can be saved at the moment',
  text: 'Your changes were not saved. You can still open pages. Try again in a minute.',
  retryAfter: 60,
};

const RESPONSES: [new (...args: never[]) => Error, ErrorResponse][] = [
  [
    NotFound,
    {
      status: 404,
      title: 'Page not found',
      text: 'Check the address, or go back and try another link.',
    },
  ],
  [
    ForeignOrigin,
    {
      status: 403,
      title: 'This form came from another site',
      text: 'Nothing was changed. Open the page on this site and try again.',
    },
  ],
  [
    UnknownAttempt,
    {
      status: 403,
      title: 'We could not continue',
      text: 'It took too long, or you started in another browser. Start again.',
    },
  ],
  [
    FormBeingSaved,
    {
      status: 409,
      title: 'This form is still being saved',
      text: 'It was submitted twice. Wait a moment, then check the result before you submit it again.',
    },
  ],
  [
    UnsupportedBody,
    { status: 415, title: 'This format is not supported', text: 'Only forms can be sent to this address.' },
  ],
  [
    FileNotStored,
    {
      status: 503,
      title: 'The file could not be stored',
      text: 'Nothing was changed. Try again in a minute.',
      retryAfter: 60,
    },
  ],
  [PortalClosed, { status: 403, title: 'This portal is closed', text: 'The tenant is suspended.' }],
  [Unauthorized, malformed(401)],
  [BadRequest, malformed(400)],
  [Unavailable, unavailable],
  [
    StorageFull,
    {
      status: 507,
      title: 'There is no space for this file',
      text: 'The file was not saved, and nothing was changed. Try again later.',
    },
  ],
  [
    TooManySimultaneousRequests,
    {
      status: 429,
      title: 'Too many requests at the same time',
      text: 'Wait until your other pages have loaded, then try again.',
      retryAfter: 2,
    },
  ],
];

const WRONG_METHOD: ErrorResponse = {
  status: 405,
  title: 'This page cannot be used in this way',
  text: 'Nothing was changed. Open the page from the menu and try again.',
};

/** A percent sign of a parameter in the path is not followed by a character in UTF-8. */
const MALFORMED_ADDRESS: ErrorResponse = {
  status: 400,
  title: 'This address is not valid',
  text: 'It contains invalid characters. Check the address, or go back and try another link.',
};

const NO_ACCESS = 'You do not have access to this page';

// They name the role that may change the roles of others.
const askManager = {
  forRole: { text: 'Ask a Manager for a role with this permission: {permission}.' },
  forAccess: { text: 'Ask a Manager for access.' },
};
const askCompanyAdmin = {
  forRole: { text: 'Ask a Company Admin for a role with this permission: {permission}.' },
  forAccess: { text: 'Ask a Company Admin for access.' },
};

function toErrorResponse(error: unknown, portalKind: PortalKind | undefined): ErrorResponse {
  const known = RESPONSES.find(([type]) => error instanceof type);
  if (known) return known[1];
  if (error instanceof Forbidden) return forbidden(error, portalKind);
  if (error instanceof NoContext)
    return { status: 403, title: NO_ACCESS, ...error.explanation, has_contact: true };
  if (error instanceof MethodNotAllowed) return { ...WRONG_METHOD, allow: error.allowed };
  if (error instanceof URIError) return MALFORMED_ADDRESS;
  if (error instanceof TooManyRequests) return tooMany(error.seconds);
  if (refusesWrites(error)) return notSaved;
  if (isDatabaseUnavailable(error)) return unavailable;
  if (isExpiredForm(error)) return { status: 403, title: 'This form has expired', text: '' };
  const status = (error as { status?: unknown } | undefined)?.status;
  if (status === 413)
    return {
      status,
      title: 'The form is too large',
      text: 'Nothing was changed. Enter less text or choose a smaller file, then try again.',
    };
  if (typeof status === 'number' && status >= 400 && status < 500) return malformed(status);
  return {
    status: 500,
    title: 'Something went wrong',
    text: 'Try again in a moment.',
  };
}

function forbidden({ permission }: Forbidden, portalKind: PortalKind | undefined): ErrorResponse {
  const texts = portalKind === 'account' ? askCompanyAdmin : askManager;
  if (permission === undefined) return { status: 403, title: NO_ACCESS, ...texts.forAccess };
  const response = { status: 403, title: NO_ACCESS, ...texts.forRole };
  return { ...response, permission: permissionLabel(permission) };
}

const waitTexts = {
  seconds: { one: 'Try again in {count} second.', other: 'Try again in {count} seconds.' },
  minutes: { one: 'Try again in {count} minute.', other: 'Try again in {count} minutes.' },
};

function tooMany(seconds: number): ErrorResponse {
  const { unit, count } = shownWait(seconds);
  return {
    status: 429,
    title: 'Too many attempts',
    text: waitTexts[unit],
    params: { count },
    retryAfter: seconds,
  };
}

function malformed(status: number): ErrorResponse {
  return {
    status,
    title: 'This request is not valid',
    text: 'Nothing was changed. Reload the page and try again.',
  };
}

/** Read-only, as after a failover, or its disk is full. */
function refusesWrites(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(25006|53100)$/.test(String(error.code));
}

/** Includes statement timeouts, deadlocks, and prepared statements that no longer fit. */
function isDatabaseUnavailable(error: unknown): boolean {
  if (isUnreachable(error)) return true;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(57014|55P03|53\d{3}|58\d{3}|25P03|40001|40P01|0A000|26000)$/.test(code);
}
