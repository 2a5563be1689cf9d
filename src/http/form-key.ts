import type { Request, Response } from 'express';
import type { PlatformDb } from '../database/as-platform.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import type { Refused } from '../database/transaction.ts';
import {
  findFirst,
  isFormKey,
  keysOfOperator,
  keysOfUser,
  newFormKey,
  SubmittedBefore,
  submitOnce,
  type FirstSubmission,
  type FormKind,
  type Submission,
  type SubmittedKeys,
} from '../domain/form/form-key.ts';
import { BadRequest } from '../errors.ts';
import { rememberFlashes, setNotice } from './flash.ts';
import { savePlatformSessionIn, saveSessionIn } from './session-store.ts';

type Created<Result> = Extract<Result, { ok: true }>;

type Refusal<Result> = Exclude<Result, { ok: true }>;

/**
 * Creates, redirects to the path that `finish` returns, and returns undefined; or returns the refusal. `finish` may call
 * `flash`: the notice is stored in the same transaction. A later submission of the same form is redirected to the result
 * of the first one; a form without a key is never a repeated submission. `afterCommit` runs before the redirect, and its
 * error is shown instead.
 *
 * @throws {BadRequest} for a malformed key
 */
export function createOnce<Result extends { ok: true } | Refused>(
  req: Request,
  res: Response,
  kind: FormKind,
  create: (db: TenantDb) => Promise<Result>,
  finish: (created: Created<Result>) => string,
  afterCommit?: (created: Created<Result>) => Promise<unknown>,
): Promise<Refusal<Result> | undefined> {
  const caller: Caller<TenantDb> = {
    inTransaction: (work) => req.inTenant(work),
    keysOf: (db) => keysOfUser(db, req.user!.id),
    saveSession: (db) => saveSessionIn(db, req),
  };
  return runOnce(req, res, caller, kind, create, finish, afterCommit);
}

/** The same in the platform console. */
export function createOnceAsPlatform<Result extends { ok: true } | Refused>(
  req: Request,
  res: Response,
  kind: FormKind,
  create: (db: PlatformDb) => Promise<Result>,
  finish: (created: Created<Result>) => string,
): Promise<Refusal<Result> | undefined> {
  const caller: Caller<PlatformDb> = {
    inTransaction: (work) => req.asPlatform(work),
    keysOf: (db) => keysOfOperator(db, req.actor.id!),
    saveSession: (db) => savePlatformSessionIn(db, req),
  };
  return runOnce(req, res, caller, kind, create, finish);
}

interface Caller<Db> {
  inTransaction: <Result>(work: (db: Db) => Promise<Result>) => Promise<Result>;
  keysOf: (db: Db) => SubmittedKeys;
  saveSession: (db: Db) => void;
}

async function runOnce<Db, Result extends { ok: true } | Refused>(
  req: Request,
  res: Response,
  caller: Caller<Db>,
  kind: FormKind,
  create: (db: Db) => Promise<Result>,
  finish: (created: Created<Result>) => string,
  afterCommit?: (created: Created<Result>) => Promise<unknown>,
): Promise<Refusal<Result> | undefined> {
  const submission = readSubmission(req, kind);
  const restoreFlashes = rememberFlashes(req);
  let location = '';
  let result: Result;
  try {
    result = await caller.inTransaction((db) => {
      const createAndFinish = async () => {
        const created = await create(db);
        if (!created.ok) return created;
        location = finish(created as Created<Result>);
        caller.saveSession(db);
        return created;
      };
      return submission
        ? submitOnce(caller.keysOf(db), submission, createAndFinish, () => location)
        : createAndFinish();
    });
  } catch (error) {
    restoreFlashes();
    if (!(error instanceof SubmittedBefore)) throw error;
    const first = await caller.inTransaction((db) => findFirst(caller.keysOf(db), submission!));
    return redirectToFirst(req, res, first);
  }
  if (!result.ok) return result as Refusal<Result>;
  await afterCommit?.(result as Created<Result>);
  res.redirect(303, location);
  return undefined;
}

function readSubmission(req: Request, kind: FormKind): Submission | undefined {
  const fields = (req.body ?? {}) as Record<string, unknown>;
  const { form_key: key } = fields;
  if (key === undefined) return undefined;
  if (!isFormKey(key)) throw new BadRequest('form_key is malformed');
  return { kind, key, path: req.pathname, fields };
}

function redirectToFirst(
  req: Request,
  res: Response,
  { location, hasSameValues }: FirstSubmission,
): undefined {
  // In a cookie: a save of this request's session could overwrite flashes that the first submission stored meanwhile.
  if (!hasSameValues) setNotice(req, res, { text: 'This form was already submitted.', kind: 'info' });
  res.redirect(303, location);
}

/** A form that is shown again after an error keeps its key. */
export function formKeyToRender(req: Request): string {
  const submitted = (req.body as Record<string, unknown> | undefined)?.['form_key'];
  return isFormKey(submitted) ? submitted : newFormKey();
}
