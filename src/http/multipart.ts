import type { RequestHandler } from 'express';
import multer from 'multer';
import { BadRequest, FileNotStored, StorageFull, TooManyRequests } from '../errors.ts';
import { checkCsrfToken } from './csrf.ts';
import { FORM_LIMITS } from './input.ts';
import { giveUploadTime } from './request-time.ts';

interface UploadLimits {
  /** The name of the file input. */
  name: string;
  maxFiles: number;
  /** Of each file. */
  maxBytes: number;
  /** Instead of memory. */
  storage?: multer.StorageEngine;
}

const parsers = new WeakSet<RequestHandler>();

/** The two handlers after the guard of an upload route. `req.files` has the files, by default in memory. */
export function multipart({
  name,
  maxFiles,
  maxBytes,
  storage = multer.memoryStorage(),
}: UploadLimits): RequestHandler[] {
  const { fields, bytes } = FORM_LIMITS;
  const limits = { files: maxFiles, fileSize: maxBytes, fields, fieldSize: bytes, parts: maxFiles + fields };
  const parse = multer({
    storage,
    defParamCharset: 'utf8',
    limits: { ...limits, fieldNameSize: 100, fieldNestingDepth: 1, fieldArrayIndexLimit: fields },
  }).array(name);
  const parser: RequestHandler = (req, res, next) => {
    giveUploadTime(req);
    void parse(req, res, (error: unknown) => next(error === undefined ? undefined : toHttpError(error)));
  };
  parsers.add(parser);
  return [parser, checkCsrfToken];
}

export function isMultipartParser(handler: unknown): boolean {
  return typeof handler === 'function' && parsers.has(handler as RequestHandler);
}

/** The other errors are malformed or interrupted bodies. */
function toHttpError(error: unknown): Error {
  const isKnown = [FileNotStored, StorageFull, TooManyRequests].some((kind) => error instanceof kind);
  if (isKnown) return error as Error;
  const isTooLarge =
    error instanceof multer.MulterError &&
    error.code.startsWith('LIMIT_') &&
    error.code !== 'LIMIT_UNEXPECTED_FILE';
  if (isTooLarge) return Object.assign(error, { status: 413 });
  return new BadRequest('The multipart body is malformed', { cause: error });
}
