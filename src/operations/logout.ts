import { Router } from 'express';
import { flash } from '../http/flash.ts';
import { anyone } from '../http/guards.ts';
import { logOut } from '../sign-in/session.ts';
import { seeOther } from '../http/see-other.ts';

export const logout = Router();

logout.post('/', anyone, async (req, res) => {
  if (await logOut(req, res)) flash(req, res, 'You have been logged out.');
  await seeOther(req, res, '/login');
});
