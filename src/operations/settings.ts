import { Router } from 'express';
import { Forbidden } from '../errors.ts';
import { signedIn } from '../http/guards.ts';

export const settings = Router();

const pages = [
  { permission: 'custom_fields.edit', path: '/settings/custom-fields' },
  { permission: 'terms.publish', path: '/settings/terms' },
];

/** Leads to the first page of the settings that the person may see. */
settings.get('/', signedIn, (req, res) => {
  const page = pages.find(({ permission }) => req.actor.permissions.has(permission));
  if (!page) throw new Forbidden('custom_fields.edit');
  res.redirect(303, page.path);
});
