import type { Params, Translate } from '../../locales/translate.ts';
import type { InvoiceLine } from './invoice-lines.ts';

export type DescribedLine = Pick<InvoiceLine, 'description' | 'description_params'>;

/** The description in the language of the reader. One that someone has typed is in its own language. */
export function lineText(t: Translate, { description, description_params }: DescribedLine): string {
  return description_params === null ? description : t(description, description_params as Params);
}
