/** Most texts, for which rules about other characters and line breaks need not run. */
export function isPrintableAscii(text: string): boolean {
  return /^[ -~]*$/.test(text);
}
