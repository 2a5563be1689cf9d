import type { RequestHandler } from 'express';
import type { Database } from '../database/pools.ts';
import { readOperator, touchOperatorSession } from '../domain/operator/operator-sign-in.ts';
import { hashSid } from './session-store.ts';

/** Who is asking at the platform console; read from the database on every request. */
export function currentOperator({ platform }: Pick<Database, 'platform'>): RequestHandler {
  return async (req, _res, next) => {
    const operator = await readOperator(platform, req.session);
    if (operator) {
      await touchOperatorSession(platform, hashSid(req.sessionID), req.session.seen_at ?? 0);
      req.operator = operator;
      req.actor = { ...req.actor, kind: 'operator', id: operator.id, name: operator.email };
    }
    next();
  };
}
