import { optionalLine } from '../form/fields.ts';

/** What one can dial: digits with the signs people put between them, an extension at the end. */
export function isPhoneNumber(text: string): boolean {
  const digits = text.replace(/\D/g, '').length;
  return digits >= 5 && digits <= 20 && /^\+?[\d\s().\-/]+((ext\.?|x|#)\s*\d+)?$/i.test(text);
}

/** A phone number as typed, or null. */
export function phone() {
  return optionalLine(40).refine((text) => text === null || isPhoneNumber(text), {
    error: 'Enter a phone number, like +44 20 7946 0000',
  });
}
