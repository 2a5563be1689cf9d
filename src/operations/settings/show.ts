import { Router } from 'express';
import { may } from '../../http/guards.ts';

export const settings = Router();

const pages = [
  ['business.edit', '/settings/business'],
  ['brand.edit', '/settings/brand'],
  ['custom_fields.edit', '/settings/custom-fields'],
  ['terms.publish', '/settings/terms'],
  ['team.edit', '/settings/team'],
] as const;

settings.get(
  '/',
  may('business.edit', 'brand.edit', 'custom_fields.edit', 'terms.publish', 'team.edit'),
  (req, res) => {
    const [, path] = pages.find(([permission]) => req.actor.permissions.has(permission))!;
    res.redirect(303, path);
  },
);
