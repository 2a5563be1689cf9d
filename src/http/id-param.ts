import type { RequestParamHandler } from 'express';
import { isId } from '../database/new-id.ts';
import { NotFound } from '../errors.ts';

/**
 * For `router.param('id', idParam)`: what is no id cannot be anybody's, and the database is not asked.
 *
 * @throws {NotFound} answered with 404
 */
export const idParam: RequestParamHandler = (_req, _res, next, id) => {
  if (!isId(id)) throw new NotFound('No such id');
  next();
};
