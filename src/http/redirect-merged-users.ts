import type { ErrorRequestHandler, Request, Response } from 'express';
import { findSurvivor } from '../domain/user-merge/user-alias.ts';
import { NotFound } from '../errors.ts';
import { flash } from './flash.ts';
import { seeOther } from './see-other.ts';

/** A page below that of a user in the operations portal. */
const USER_PAGE = /^\/users\/([0-9a-f-]{36})((?:\/.*)?)$/;

/** Addresses with the id of a user who was merged into another lead to the same page of the other. */
export const redirectMergedUsers: ErrorRequestHandler = async (error: unknown, req, res, next) => {
  const [, id, rest] = USER_PAGE.exec(req.pathname ?? '') ?? [];
  if (!(error instanceof NotFound) || id === undefined || !mayRead(req)) return next(error);
  const [survivor] = await req.readTenant((db) => [findSurvivor(db, id)]);
  if (!survivor) return next(error);
  if (req.method === 'POST') return refuseForm(req, res, survivor.id);
  const query = req.originalUrl.slice(req.pathname.length);
  res.redirect(303, `/users/${survivor.id}${rest}${query}`);
};

function mayRead({ portal, user, actor, res }: Request): boolean {
  return (
    portal?.kind === 'operations' && user != null && actor.permissions.has('users.view') && !res?.headersSent
  );
}

async function refuseForm(req: Request, res: Response, id: string): Promise<void> {
  flash(req, res, 'This user was merged into another. What you sent was not saved.', { kind: 'info' });
  await seeOther(req, res, `/users/${id}`);
}
