import { Router, type Request, type Response } from 'express';
import { parseDevice } from '../domain/login-session/login-session.ts';
import { revokeOtherLoginSessions } from '../domain/login-session/login-session-actions.ts';
import { listLoginSessions } from '../domain/login-session/login-session-queries.ts';
import { flash } from '../http/flash.ts';
import { signedIn } from '../http/guards.ts';
import { portalPath, seeOther } from '../http/see-other.ts';

/** The devices on which the current user is logged in, of customers and staff. */
export function securityRoutes(): Router {
  const security = Router();
  security.get('/', signedIn, showDevices);
  security.post('/other-devices/logout', signedIn, logOutOtherDevices);
  return security;
}

async function showDevices(req: Request, res: Response): Promise<void> {
  const [rows] = await req.readTenant((db) => [listLoginSessions(db, req.user!.id)]);
  const devices = rows.map(({ id, user_agent, ...row }) => ({
    ...row,
    ...parseDevice(user_agent),
    is_this: id === req.currentLogin!.login_session_id,
  }));
  res.page('sign-in/security', {
    title: 'Security',
    devices: devices.sort((one, other) => Number(other.is_this) - Number(one.is_this)),
  });
}

async function logOutOtherDevices(req: Request, res: Response): Promise<void> {
  const { login_session_id } = req.currentLogin!;
  const ended = await req.inTenant((db) =>
    revokeOtherLoginSessions(db, req.actor, req.user!, login_session_id),
  );
  flash(
    req,
    res,
    ended > 0 ? 'All other devices have been logged out.' : 'You are logged in on this device only.',
  );
  await seeOther(req, res, portalPath(req, '/security'));
}
