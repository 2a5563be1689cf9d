/** Accepts separators between digits, and an extension at the end. */
export function isPhoneNumber(text: string): boolean {
  const digits = text.replace(/\D/g, '').length;
  return digits >= 5 && digits <= 20 && /^\+?[\d\s().\-/]+((ext\.?|x|#)\s*\d+)?$/i.test(text);
}

/** Keeps digits and a leading plus. */
export function normalisePhone(text: string): string {
  return text.trim().replace(/(?!^\+)\D/g, '');
}
