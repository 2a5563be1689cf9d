import express, { type RequestHandler } from 'express';
import { UnsupportedBody } from '../errors.ts';

const urlencoded = express.urlencoded({ extended: false, limit: '32kb', parameterLimit: 100 });

/**
 * Bodies are urlencoded forms of at most 32 kB and 100 fields; anything else is refused before it is read.
 *
 * @throws {UnsupportedBody} answered with 415
 */
export const readBody: RequestHandler = (req, res, next) => {
  const hasBody =
    req.headers['content-length'] !== undefined || req.headers['transfer-encoding'] !== undefined;
  const isForm = req.is('application/x-www-form-urlencoded');
  if (hasBody && req.headers['content-length'] !== '0' && !isForm) throw new UnsupportedBody();
  urlencoded(req, res, next);
};
