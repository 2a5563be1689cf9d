import * as z from 'zod';
import { line, optionalLines, version } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';

export const siteStatuses = ['active', 'archived'] as const;

export const newSiteSchema = z.object({
  name: line(100),
  address: optionalLines(500),
});

export const changedSiteSchema = newSiteSchema.extend({
  status: z.enum(siteStatuses, code('invalid')),
  version: version(),
});

export type NewSiteValues = z.infer<typeof newSiteSchema>;
export type ChangedSiteValues = z.infer<typeof changedSiteSchema>;
