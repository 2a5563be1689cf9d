import { printTable, type Answer } from './support/table.ts';

/** One file per question; each is asked of the built program, on a database of its own. */
const questions: Record<string, () => Promise<{ ask: () => Promise<Answer> }>> = {
  'anonymous-page': () => import('./anonymous-page.ts'),
  'signed-in-page': () => import('./signed-in-page.ts'),
  size: () => import('./size.ts'),
  'pipelined-read': () => import('./pipelined-read.ts'),
  outbox: () => import('./outbox.ts'),
  'password-hashing': () => import('./password-hashing.ts'),
  start: () => import('./start.ts'),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(questions, name));
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')}. There are: ${Object.keys(questions).join(', ')}`);
  process.exit(64);
}
for (const name of asked.length > 0 ? asked : Object.keys(questions)) {
  const { ask } = await questions[name]!();
  printTable(name, await ask());
}
