import express, { type RequestHandler, type RequestParamHandler } from 'express';
import { isId } from '../database/new-id.ts';
import { NotFound, UnsupportedBody } from '../errors.ts';

const urlencoded = express.urlencoded({ extended: false, limit: '32kb', parameterLimit: 100 });

/** @throws {UnsupportedBody} for anything but a urlencoded form, before the body is read */
export const readBody: RequestHandler = (req, res, next) => {
  const hasBody =
    req.headers['content-length'] !== undefined || req.headers['transfer-encoding'] !== undefined;
  const isForm = req.is('application/x-www-form-urlencoded');
  if (hasBody && req.headers['content-length'] !== '0' && !isForm) throw new UnsupportedBody();
  urlencoded(req, res, next);
};

/** For `router.param('id', idParam)`. @throws {NotFound} for a malformed id */
export const idParam: RequestParamHandler = (_req, _res, next, id) => {
  if (!isId(id)) throw new NotFound('No such id');
  next();
};
