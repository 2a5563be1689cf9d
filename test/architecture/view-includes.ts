import path from 'node:path';

/** The views that a view includes, by their path below views/. */
export function includesOf(text: string, file: string): string[] {
  return [...text.matchAll(/include\('([^']+)'/g)].map(([, name]) => {
    const from = name!.startsWith('/')
      ? name!.slice(1)
      : path.posix.join(path.posix.dirname(file.replace(/^views\//, '')), name!);
    return `${from}.ejs`;
  });
}
