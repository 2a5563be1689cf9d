import type { Request } from 'express';
import { isCivilDate } from '../domain/billing/civil-date.ts';
import type { FieldError } from '../domain/form/parse-values.ts';
import { withErrors as addErrors, type Form } from '../http/form.ts';
import { localeOf } from '../http/render-page.ts';
import { formatters } from '../locales/locales.ts';

/** Days in the sentences are written as on the pages. */
export function withErrors<Params>(
  req: Request<Params>,
  body: unknown,
  { errors }: { errors: readonly FieldError[] },
): Form {
  const { formatDay } = formatters(localeOf(req as Request), 'UTC');
  const formatted = errors.map(({ params, ...error }) => {
    if (!params) return error;
    const shown = Object.entries(params).map(([name, value]) => [
      name,
      typeof value === 'string' && isCivilDate(value) ? formatDay(value) : value,
    ]);
    return { ...error, params: Object.fromEntries(shown) as typeof params };
  });
  return addErrors(body, { errors: formatted });
}
