import type { Request, RequestHandler } from 'express';
import { systemActor, type Actor } from '../domain/actor.ts';
import { BadRequest, Unauthorized } from '../errors.ts';
import { requestDetails } from './current-user.ts';

/** Returns undefined for an unknown, expired or revoked token. */
export type FindTokenActor = (
  req: Request,
  token: string,
) => Promise<Pick<Actor, 'kind' | 'id' | 'name' | 'permissions' | 'scope'> | undefined>;

export interface WebhookProvider {
  /** The actor of audit events. */
  name: string;
  /** @throws {NotFound} when the path names no secret */
  verifySignature: (req: Request, body: Buffer) => boolean | Promise<boolean>;
}

/** A browser adds its cookies to every request, so a cookie must not identify the caller where no CSRF token is checked. */
export const ignoreCookies: RequestHandler = (req, _res, next) => {
  delete req.headers.cookie;
  next();
};

/** @throws {Unauthorized} without a valid bearer token, before the body is read */
export function readBearerToken(findTokenActor: FindTokenActor): RequestHandler {
  return async (req, res, next) => {
    const token = /^Bearer ([\w.~+/-]{1,512}=*)$/i.exec(req.get('authorization') ?? '')?.[1];
    const actor = token === undefined ? undefined : await findTokenActor(req, token);
    if (!actor) {
      res.set('WWW-Authenticate', 'Bearer');
      throw new Unauthorized();
    }
    req.actor = { ...actor, ...requestDetails(req) };
    req.hasBearerToken = true;
    next();
  };
}

/** @throws {BadRequest} unless the provider has signed the body */
export function verifyWebhook({ name, verifySignature }: WebhookProvider): RequestHandler {
  return async (req, _res, next) => {
    if (!(await verifySignature(req, req.body as Buffer))) throw new BadRequest('The signature is wrong');
    req.actor = { ...systemActor(name), ...requestDetails(req) };
    next();
  };
}
