import { codeOf, importsOf, read, sources, type Source } from './sources.ts';
import { includesOf } from './view-includes.ts';

/** The English sentences of a view: what is passed to t(). Plurals count by their `other`. */
export function sentencesOfView(text: string): string[] {
  const code = [...text.matchAll(/<%[-=_]?([\s\S]*?)[-_]?%>/g)].map(([, inside]) => inside!).join('\n');
  return callsOf(code, 't').flatMap((args) => literalsOf(firstOf(args)));
}

/** The sentences that a module hands on to be translated: errors, titles, notices. */
export function sentencesOfModule(source: Source): string[] {
  const code = codeOf(source);
  const named = code.matchAll(
    /\b(?:text|title|error|link|message):\s*('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")/g,
  );
  const flashed = callsOf(code, 'flash').flatMap((args) => literalsOf(args.split(',').slice(2).join(',')));
  const required = ['line', 'email', 'password', 't'].flatMap((name) => callsOf(code, name).map(firstOf));
  return [...[...named].map(([, literal]) => literal!), ...flashed.map(quoted), ...required]
    .flatMap(literalsOf)
    .filter((sentence) => /^[A-Z{].*[a-z]/.test(sentence));
}

/** The views a customer may see, with whatever they include. */
export function customerViews(): Source[] {
  const start = [
    ...sources('views/account', '.ejs'),
    ...sources('views/errors', '.ejs'),
    ...sources('views/emails', '.ejs'),
    read('views/layouts/account.ejs'),
  ];
  return closure(start, ({ file, text }) => includesOf(text, file).map((name) => `views/${name}`));
}

/** The modules behind the customer portal. */
export function customerModules(): Source[] {
  const start = [...sources('src/account', '.ts'), ...sources('src/http', '.ts')];
  return closure(start, (source) =>
    importsOf(source)
      .filter(({ of, isType }) => !isType && /^src\/(account|sign-in|http|domain)\//.test(of))
      .map(({ of }) => of),
  );
}

function closure(start: Source[], next: (source: Source) => string[]): Source[] {
  const known = new Map(start.map((source) => [source.file, source]));
  // A Map visits what is added while it is walked.
  for (const source of known.values()) {
    for (const file of next(source)) if (!known.has(file)) known.set(file, read(file));
  }
  return [...known.values()];
}

/** The arguments of every call of a function, as written. */
function callsOf(code: string, name: string): string[] {
  return [...code.matchAll(new RegExp(`(?<![\\w.])${name}\\(`, 'g'))].map((call) => {
    const from = call.index + call[0].length;
    return code.slice(
      from,
      endOf(code, from, (char, depth) => char === ')' && depth === 0),
    );
  });
}

function firstOf(args: string): string {
  return args.slice(
    0,
    endOf(args, 0, (char, depth) => char === ',' && depth === 0),
  );
}

/** Where something stands outside of strings, at its depth of brackets. */
function endOf(code: string, from: number, isEnd: (char: string, depth: number) => boolean): number {
  let depth = 0;
  let quote = '';
  for (let at = from; at < code.length; at += 1) {
    const char = code[at]!;
    if (quote) {
      if (char === '\\') at += 1;
      else if (char === quote) quote = '';
    } else if (`'"\``.includes(char)) quote = char;
    else if (isEnd(char, depth)) return at;
    else if ('([{'.includes(char)) depth += 1;
    else if (')]}'.includes(char)) depth -= 1;
  }
  return code.length;
}

/** String literals that stand for themselves: not compared, not keys, not a plural's other forms. */
function literalsOf(code: string): string[] {
  const literals = code.matchAll(
    /(===?\s*|!==?\s*|\[\s*|\b(?:zero|one|two|few|many):\s*)?('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")(\s*[=!]==?)?/g,
  );
  return [...literals]
    .filter(([, before, , after]) => !before && !after)
    .map(([, , literal]) => literal!.slice(1, -1).replace(/\\(.)/g, '$1'));
}

function quoted(sentence: string): string {
  return JSON.stringify(sentence);
}
