import { Router } from 'express';
import { logOutOperator } from '../domain/operator/operator-session.ts';
import { endSession } from '../sign-in/session.ts';
import { flash } from '../http/flash.ts';
import { anyone } from '../http/guards.ts';
import { seeOther } from '../http/see-other.ts';

export const logout = Router();

logout.post('/', anyone, async (req, res) => {
  const { operator, actor } = req;
  if (operator) await req.asPlatform((db) => logOutOperator(db, actor, operator.id));
  if (endSession(req, res)) flash(req, res, 'You have been logged out.');
  await seeOther(req, res, '/login');
});
