import express, { type RequestHandler, type RequestParamHandler } from 'express';
import { isId } from '../database/new-id.ts';
import { NotFound, UnsupportedBody } from '../errors.ts';

export const FORM_LIMITS = { bytes: 32 * 1024, fields: 100 };

export const readForm = acceptOnly(
  'application/x-www-form-urlencoded',
  express.urlencoded({ extended: false, limit: FORM_LIMITS.bytes, parameterLimit: FORM_LIMITS.fields }),
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
