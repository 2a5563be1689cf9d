import { cleanLine } from '../text/pasted-text.ts';

const MAX_NAME = 200;

/** Without folders and invisible characters. A long name keeps its ending. */
export function fileName(given: string): string {
  const name = cleanLine(given.replace(/^.*[/\\]/s, ''))
    .replace(/[\p{Cc}]/gu, ' ')
    .replace(/\s+/g, ' ');
  const ending = endingOf(name);
  return name.length <= MAX_NAME
    ? name
    : `${name.slice(0, MAX_NAME - ending.length).toWellFormed()}${ending}`;
}

/** With the point. Empty without one. */
export function endingOf(name: string): string {
  return /.(\.[a-z]{1,5})$/i.exec(name)?.[1] ?? '';
}
