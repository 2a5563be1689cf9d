import { Router } from 'express';
import { may } from '../http/guards.ts';

export const settings = Router();

/** Leads to the first page of the settings that the person may see. */
settings.get('/', may('custom_fields.edit', 'terms.publish'), (req, res) => {
  const mayEditFields = req.actor.permissions.has('custom_fields.edit');
  res.redirect(303, mayEditFields ? '/settings/custom-fields' : '/settings/terms');
});
