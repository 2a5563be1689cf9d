import type { Context } from 'mocha';

/** Skips the test, or in a `before` hook its suite. The reason becomes a part of the title, which the reporter prints. */
export function skipBecause(context: Context, reason: string): never {
  const running = context.test as { type: string; title: string; parent?: { title: string } } | undefined;
  const skipped = running?.type === 'hook' ? running.parent : running;
  if (skipped) skipped.title += ` (${reason})`;
  context.skip();
  throw new Error('mocha continues after skip()');
}
