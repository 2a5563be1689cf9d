import type { Billing, Party } from '../domain/billing/billing-settings.ts';
import type { formatters } from '../locales/locales.ts';
import type { Translate } from '../locales/translate.ts';
import type { Block, Fact } from '../pdf/pdf-document.ts';

/** The language and the time zone of a document, and the tenant as the seller. */
export type DocumentContext = Pick<Billing, 'locale' | 'time_zone' | 'seller'>;

/** What the texts of a document are made with. */
export interface Texts extends ReturnType<typeof formatters> {
  t: Translate;
}

export function sellerOf(t: Translate, seller: Party): Block {
  return { heading: seller.name, lines: addressLines(t, seller) };
}

export function buyerOf(t: Translate, buyer: Party): Block {
  return { heading: t('To'), lines: [buyer.name, ...addressLines(t, buyer)] };
}

/** Many addresses begin with the name, which stands above them already. */
function addressLines(t: Translate, { name, address, tax_number }: Party): string[] {
  const given = (address ?? '').split(/\r?\n/).filter((line) => line.trim() !== '');
  const lines = given[0]?.trim() === name ? given.slice(1) : given;
  return tax_number ? [...lines, `${t('Tax number')} ${tax_number}`] : lines;
}

/** The facts that have a value. */
export function knownFacts(facts: readonly { label: string; value: string | null }[]): Fact[] {
  return facts.flatMap(({ label, value }) => (value === null || value === '' ? [] : [{ label, value }]));
}
