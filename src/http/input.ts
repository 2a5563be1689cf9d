import express, { type RequestHandler, type RequestParamHandler, type Router } from 'express';
import { isId } from '../database/new-id.ts';
import { findRoutes, type FoundRoute } from './find-routes.ts';
import type { Guard } from './guards.ts';
import { NotFound, UnsupportedBody } from '../errors.ts';

export interface FormLimits {
  bytes: number;
  fields: number;
}

export const FORM_LIMITS: FormLimits = { bytes: 32 * 1024, fields: 200 };

/** A shorter body of a form has fewer fields than the limit. */
const MIN_BYTES_OF_MANY_FIELDS = FORM_LIMITS.fields * 'amount_1=&'.length;

/** Of one UTF-16 code unit in a urlencoded form: a character of three bytes in UTF-8. */
const MAX_BYTES_PER_CODE_UNIT = '%E4%BD%A0'.length;

const longForms = new WeakMap<Guard, FormLimits>();

/**
 * Follows the guard of a route whose form accepts more text or fields than other forms. `maxLength` is the sum of the
 * lengths of its fields. The route also receives twice as much, so that the form says which text is too long.
 */
export function longForm(maxLength: number, moreFields = 0): Guard {
  const handler: Guard = (_req, _res, next) => next();
  const { bytes, fields } = FORM_LIMITS;
  const moreBytes = 2 * maxLength * MAX_BYTES_PER_CODE_UNIT;
  longForms.set(handler, { bytes: bytes + moreBytes, fields: fields + moreFields });
  return handler;
}

/** Before the form is read, which is before the route runs. */
export function findFormLimit(routes: readonly Router[]): RequestHandler {
  return (req, _res, next) => {
    if (req.method === 'POST' && !(Number(req.headers['content-length']) < MIN_BYTES_OF_MANY_FIELDS))
      req.formLimits = formLimitsOf(findRoutes(routes, req.path));
    next();
  };
}

function formLimitsOf(found: readonly FoundRoute[]): FormLimits {
  const handlers = found.filter(({ methods }) => methods['post']).flatMap(({ stack }) => stack);
  const limits = handlers.map(({ handle }) => longForms.get(handle as Guard) ?? FORM_LIMITS);
  return {
    bytes: Math.max(FORM_LIMITS.bytes, ...limits.map(({ bytes }) => bytes)),
    fields: Math.max(FORM_LIMITS.fields, ...limits.map(({ fields }) => fields)),
  };
}

const parsers = new Map<string, RequestHandler>();

/** One for each pair of limits of `longForm`. */
function formParser({ bytes, fields }: FormLimits): RequestHandler {
  const key = `${bytes} ${fields}`;
  const parser =
    parsers.get(key) ?? express.urlencoded({ extended: false, limit: bytes, parameterLimit: fields });
  parsers.set(key, parser);
  return parser;
}

export const readForm = acceptOnly('application/x-www-form-urlencoded', (req, res, next) =>
  formParser(req.formLimits ?? FORM_LIMITS)(req, res, next),
);

export const readJson = acceptOnly('application/json', express.json({ limit: '1mb' }));

/** Not decompressed, because the signature covers the bytes as they were sent. */
const raw = express.raw({ type: () => true, limit: '1mb', inflate: false });

/** `req.body` is a Buffer. */
export const readRawBody: RequestHandler = (req, res, next) => {
  raw(req, res, (error: unknown) => {
    req.body ??= Buffer.alloc(0);
    next(error);
  });
};

/** For `router.param('id', idParam)`. @throws {NotFound} for a malformed id */
export const idParam: RequestParamHandler = (_req, _res, next, id) => {
  if (!isId(id)) throw new NotFound('No such id');
  next();
};

/** @throws {UnsupportedBody} for a body of another content type, before it is read */
function acceptOnly(type: string, parse: RequestHandler): RequestHandler {
  return (req, res, next) => {
    const { 'content-length': length, 'transfer-encoding': encoding } = req.headers;
    const hasBody = encoding !== undefined || (length !== undefined && length !== '0');
    if (hasBody && !req.is(type)) throw new UnsupportedBody();
    return parse(req, res, next);
  };
}
