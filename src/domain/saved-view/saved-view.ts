import * as z from 'zod';
import { isId } from '../../database/new-id.ts';
import { exportNames } from '../export/export.ts';
import { checkbox, line, version } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';

/** Of one owner and list. */
export const MAX_OWN_VIEWS = 20;

/** A larger count is shown as this number and "+". */
export const MAX_VIEW_COUNT = 10_000;

export const MAX_VIEW_QUERY_LENGTH = 8_000;

/** Of one page, which is not that of the view. */
const PLACE_PARAMS = ['after', 'before', 'format'];

const fields = {
  name: line(60),
  is_shared: checkbox(),
  query: line(MAX_VIEW_QUERY_LENGTH)
    .transform(storedQuery)
    .refine((query) => query !== '', code('required')),
};

export const newViewSchema = z.object({ ...fields, list: z.enum(exportNames) });

export const changedViewSchema = z.object({ ...fields, version: version() });

export type NewViewValues = z.infer<typeof newViewSchema>;
export type ChangedViewValues = z.infer<typeof changedViewSchema>;

/** The parameters of the list without those of one page and of the view that it shows. */
export function storedQuery(query: string): string {
  const isStored = ([name, value]: [string, string]) =>
    value !== '' && !PLACE_PARAMS.includes(name) && !(name === 'view' && isId(value));
  return new URLSearchParams([...new URLSearchParams(query)].filter(isStored)).toString();
}
