import type { Request, Response } from 'express';
import type { PlatformDb } from '../database/as-platform.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import type { Refused } from '../database/transaction.ts';
import {
  isFormKey,
  keysOfOperator,
  keysOfUser,
  newFormKey,
  submitOnce,
  type Created,
  type FormKind,
  type SubmittedKeys,
} from '../domain/form/form-key.ts';
import { BadRequest } from '../errors.ts';
import { setNotice } from './flash.ts';

/**
 * Returns undefined after a redirect to the result of an earlier submission of the same form.
 * A form without a key is never a repeated submission.
 * @throws {BadRequest} for a malformed key
 */
export function createOnce<Result extends { ok: true } | Refused>(
  req: Request,
  res: Response,
  kind: FormKind,
  create: (db: TenantDb) => Promise<Result>,
  locationOf: (created: Created<Result>) => string,
): Promise<Result | undefined> {
  const caller: Caller<TenantDb> = {
    inTransaction: (work) => req.inTenant(work),
    keysOf: (db) => keysOfUser(db, req.user!.id),
  };
  return runOnce(req, res, caller, kind, create, locationOf);
}

/** The same in the platform console. */
export function createOnceAsPlatform<Result extends { ok: true } | Refused>(
  req: Request,
  res: Response,
  kind: FormKind,
  create: (db: PlatformDb) => Promise<Result>,
  locationOf: (created: Created<Result>) => string,
): Promise<Result | undefined> {
  const caller: Caller<PlatformDb> = {
    inTransaction: (work) => req.asPlatform(work),
    keysOf: (db) => keysOfOperator(db, req.actor.id!),
  };
  return runOnce(req, res, caller, kind, create, locationOf);
}

interface Caller<Db> {
  inTransaction: <Result>(work: (db: Db) => Promise<Result>) => Promise<Result>;
  keysOf: (db: Db) => SubmittedKeys;
}

async function runOnce<Db, Result extends { ok: true } | Refused>(
  req: Request,
  res: Response,
  { inTransaction, keysOf }: Caller<Db>,
  kind: FormKind,
  create: (db: Db) => Promise<Result>,
  locationOf: (created: Created<Result>) => string,
): Promise<Result | undefined> {
  const fields = (req.body ?? {}) as Record<string, unknown>;
  const { form_key: key } = fields;
  if (key === undefined) return inTransaction(create);
  if (!isFormKey(key)) throw new BadRequest('form_key is malformed');
  const submission = { kind, key, path: req.pathname, fields };
  const result = await inTransaction((db) =>
    submitOnce(keysOf(db), submission, () => create(db), locationOf),
  );
  if (!('first' in result)) return result;

  // In a cookie: a save of this request's session could overwrite flashes that the first submission stored meanwhile.
  if (!result.first.hasSameValues) setNotice(req, res, { text: 'This form was already sent.', kind: 'info' });
  res.redirect(303, result.first.location);
  return undefined;
}

/** A form that is shown again after an error keeps its key. */
export function formKeyToRender(req: Request): string {
  const submitted = (req.body as Record<string, unknown> | undefined)?.['form_key'];
  return isFormKey(submitted) ? submitted : newFormKey();
}
