const segmenter = new Intl.Segmenter();

/** At most `max` UTF-16 code units, cut between characters as a reader sees them. */
export function truncate(text: string, max: number): string {
  if (text.length <= max) return text;
  let end = 0;
  // The next code point decides whether the last character is whole.
  for (const { segment, index } of segmenter.segment(text.slice(0, max + 2))) {
    if (index + segment.length > max) break;
    end = index + segment.length;
  }
  // One character can have any number of marks.
  return end > 0 ? text.slice(0, end) : text.slice(0, max).replace(/[\ud800-\udbff]$/, '');
}
