import { Router } from 'express';
import { may } from '../http/guards.ts';

export const units = Router({ mergeParams: true });

units.get('/', may('units.view'), (_req, res) => {
  res.page('account/units', { title: 'Your units' });
});
