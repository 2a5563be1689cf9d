import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import { settings } from './settings.ts';

const MAX_LINE_LENGTH = 100;

export function envExample(): string {
  const head = [
    ...commentLines(
      'The settings of Portico with their development defaults. Copy this file to .env and take the # away from what differs; the environment itself wins over .env.',
    ),
    ...commentLines('Made by `npm run env-example` from src/settings.ts: change it there.'),
  ];
  const blocks = Object.entries(settings).map(([name, { about, shown }]) =>
    [...commentLines(about), `#${name}=${shown}`].join('\n'),
  );
  return `${[head.join('\n'), ...blocks].join('\n\n')}\n`;
}

function commentLines(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length > MAX_LINE_LENGTH) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines.map((line) => `# ${line}`);
}

const isMain = import.meta.url === pathToFileURL(process.argv[1] ?? '').href;
if (isMain) writeFileSync(path.join(import.meta.dirname, '../.env.example'), envExample());
