import type { FieldError } from '../domain/form/parse-values.ts';
import { withErrors as addErrors, type Form } from '../http/form.ts';
import { errorTexts } from '../locales/error-texts.ts';

export function withErrors(body: unknown, result: { errors: readonly FieldError[] }): Form {
  return addErrors(body, result, { texts: errorTexts.platform });
}
