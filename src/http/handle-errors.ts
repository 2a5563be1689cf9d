import type { ErrorRequestHandler, RequestHandler } from 'express';
import {
  BadRequest,
  Forbidden,
  ForeignOrigin,
  FormBeingSaved,
  NoContext,
  NotFound,
  PortalClosed,
  TooManyRequests,
  Unauthorized,
  UnknownAttempt,
  UnsupportedBody,
  Unavailable,
} from '../errors.ts';
import { permissionLabel } from '../domain/role/permissions.ts';
import type { Log } from '../log.ts';
import { isExpiredForm, showExpiredForm } from './csrf.ts';
import { sendPlainError } from './find-portal.ts';
import { rejectionOf } from './rejection-log.ts';

interface ErrorResponse {
  status: number;
  title: string;
  text: string;
  params?: Record<string, string | number>;
  permission?: string;
  /** The text says that the user should contact the tenant. */
  has_contact?: boolean;
  retryAfter?: number;
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
    const response = toErrorResponse(error);
    req.rejection = rejectionOf(error);
    if (response.status >= 500)
      log.error({ err: error, request_id: req.id, path: req.pathname }, 'request failed');
    if (res.headersSent) return void res.destroy();
    if (response.retryAfter !== undefined) res.set('Retry-After', String(response.retryAfter));
    res.status(response.status);
    // An error before the portal was found has no layout.
    if (!req.portal || req.respondsInJson) return sendPlainError(req, res, response.title, response.text);
    try {
      if (isExpiredForm(error)) return showExpiredForm(req, res, error);
      if (error instanceof PortalClosed)
        return res.page('errors/portal-closed', { title: response.title, is_bare: true });
      res.page('errors/problem', { ...response, request_id: req.id });
    } catch (failed) {
      log.error({ err: failed, request_id: req.id }, 'error page failed');
      sendPlainError(req, res, response.title, response.text);
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

const unavailable: ErrorResponse = {
  status: 503,
  title: 'We will be right back',
  text: 'The service is not available at the moment. Try again in a few seconds.',
  retryAfter: 5,
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
      text: 'Nothing was changed. Open the page here and try again.',
    },
  ],
  [
    UnknownAttempt,
    {
      status: 403,
      title: 'We could not continue',
      text: 'It took too long, or you started in another browser. Please start again.',
    },
  ],
  [
    FormBeingSaved,
    {
      status: 409,
      title: 'This form is still being saved',
      text: 'It was sent twice. Wait a moment, then look for the result before you send it again.',
    },
  ],
  [
    UnsupportedBody,
    { status: 415, title: 'We cannot read this', text: 'Only forms can be sent to this address.' },
  ],
  [PortalClosed, { status: 403, title: 'This portal is closed', text: 'The tenant is suspended.' }],
  [Unauthorized, malformed(401)],
  [BadRequest, malformed(400)],
  [Unavailable, unavailable],
];

const NO_ACCESS = 'You do not have access to this page';

function toErrorResponse(error: unknown): ErrorResponse {
  const known = RESPONSES.find(([type]) => error instanceof type);
  if (known) return known[1];
  if (error instanceof Forbidden) return forbidden(error);
  if (error instanceof NoContext)
    return { status: 403, title: NO_ACCESS, ...error.explanation, has_contact: true };
  if (error instanceof TooManyRequests) return tooMany(error.seconds);
  if (isDatabaseUnavailable(error)) return unavailable;
  if (isExpiredForm(error)) return { status: 403, title: 'Your form had expired', text: '' };
  const status = (error as { status?: unknown } | undefined)?.status;
  if (status === 413)
    return {
      status,
      title: 'That is too much',
      text: 'The form is larger than we accept. Nothing was changed.',
    };
  if (typeof status === 'number' && status >= 400 && status < 500) return malformed(status);
  return {
    status: 500,
    title: 'Sorry, something went wrong',
    text: 'Nothing was lost on our side. Try again in a moment.',
  };
}

function forbidden({ permission }: Forbidden): ErrorResponse {
  return {
    status: 403,
    title: NO_ACCESS,
    text: permission
      ? 'Ask an Admin for a role with this permission: {permission}.'
      : 'Ask an Admin for access.',
    ...(permission && { permission: permissionLabel(permission) }),
  };
}

function tooMany(seconds: number): ErrorResponse {
  return {
    status: 429,
    title: 'Too many attempts',
    text: 'Try again in {seconds} seconds.',
    params: { seconds },
    retryAfter: seconds,
  };
}

function malformed(status: number): ErrorResponse {
  return {
    status,
    title: 'We could not understand that',
    text: 'The form was not sent as we expect it. Nothing was changed.',
  };
}

/** Includes broken or exhausted connections, a server that starts or stops, and statement timeouts, deadlocks, and prepared statements that no longer fit. */
function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  const isCode =
    /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|08\d{3}|57P0[1-4]|57014|55P03|53300|25P03|40001|40P01|0A000|26000)$/.test(
      code,
    );
  return (
    isCode ||
    /timeout exceeded when trying to connect|Connection terminated|Timeout acquiring a connection|not queryable/.test(
      error.message,
    )
  );
}
