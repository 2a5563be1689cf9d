import * as z from 'zod';
import { schemaWithCustomFields } from '../custom-field/form-fields.ts';
import { line, address, version } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';

export const siteStatuses = ['active', 'archived'] as const;

const fields = { name: line(100), address: address() };

export const newSiteSchema = schemaWithCustomFields(fields);

export const changedSiteSchema = schemaWithCustomFields({
  ...fields,
  status: z.enum(siteStatuses, code('invalid')),
  version: version(),
});

export type NewSiteValues = z.infer<ReturnType<typeof newSiteSchema>>;
export type ChangedSiteValues = z.infer<ReturnType<typeof changedSiteSchema>>;
