import type { RequestHandler } from 'express';
import type { Portal } from './find-portal.ts';

/** The screens of one portal exist on its hosts alone. */
export function onPortal(kind: Portal['kind'], screens: RequestHandler): RequestHandler {
  return (req, res, next) => (req.portal.kind === kind ? screens(req, res, next) : next());
}
