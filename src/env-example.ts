import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import { settings } from './settings.ts';

const WIDTH = 100;

/** The content of `.env.example`: every setting with its meaning and development default. */
export function envExample(): string {
  const head = [
    ...comment(
      'The settings of Portico with their development defaults. Copy this file to .env and take the # away from what differs; the environment itself wins over .env.',
    ),
    ...comment('Made by `npm run env-example` from src/settings.ts: change it there.'),
  ];
  const blocks = Object.entries(settings).map(([name, { about, shown }]) =>
    [...comment(about), `#${name}=${shown}`].join('\n'),
  );
  return `${[head.join('\n'), ...blocks].join('\n\n')}\n`;
}

function comment(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines.map((line) => `# ${line}`);
}

const isRun = import.meta.url === pathToFileURL(process.argv[1] ?? '').href;
if (isRun) writeFileSync(path.join(import.meta.dirname, '../.env.example'), envExample());
