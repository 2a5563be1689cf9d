/** Accepts separators between the digits and an extension at the end. */
export function isPhoneNumber(text: string): boolean {
  const digits = text.replace(/\D/g, '').length;
  return digits >= 5 && digits <= 20 && /^\+?[\d\s().\-/]+((ext\.?|x|#)\s*\d+)?$/i.test(text);
}

/** The digits, with a leading plus if there is one. */
export function normalisePhone(text: string): string {
  return text.trim().replace(/(?!^\+)\D/g, '');
}
