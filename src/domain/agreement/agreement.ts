import * as z from 'zod';
import { isId } from '../../database/new-id.ts';
import { line, paragraphs, withoutCardNumber } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';

/** Agreements are written per language; English has one text for all its kinds. */
export const agreementLanguages = ['en', 'ar'] as const;

export type AgreementLanguage = (typeof agreementLanguages)[number];

export function agreementLanguage(locale: string | null): AgreementLanguage {
  return locale?.split('-')[0] === 'ar' ? 'ar' : 'en';
}

/** What the text of a version may contain as `{{customer}}`. */
export const placeholders = ['customer', 'unit', 'site', 'price', 'deposit', 'start', 'tenant'] as const;

export type AgreementValues = Record<(typeof placeholders)[number], string>;

export const MAX_AGREEMENT_LENGTH = 30_000;

export const agreementSchema = z.object({
  language: z.enum(agreementLanguages, code('invalid')),
  body: paragraphs(MAX_AGREEMENT_LENGTH),
});

export const signatureSchema = z.object({
  signed_name: withoutCardNumber(line(100)),
  /** The version that the page has shown. */
  agreement_version_id: line(36).refine(isId, code('invalid')),
});

export type NewAgreementValues = z.infer<typeof agreementSchema>;

/** The text with the values of a rental. */
export function fillAgreement(body: string, values: AgreementValues): string {
  return body.replace(PLACEHOLDER, (found, name: string) => (isPlaceholder(name) ? values[name] : found));
}

/** The names in braces that are not placeholders, each once. */
export function unknownPlaceholders(body: string): string[] {
  const names = [...body.matchAll(PLACEHOLDER)].map(([, name]) => name!);
  return [...new Set(names.filter((name) => !isPlaceholder(name)))];
}

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;

function isPlaceholder(name: string): name is keyof AgreementValues {
  return (placeholders as readonly string[]).includes(name);
}
