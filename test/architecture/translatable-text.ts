import {
  codeOfView,
  importsOf,
  readSource,
  readSources,
  usedViews,
  withoutComments,
  type Source,
} from './source-files.ts';

/** The English texts that a view passes to t(). A plural is identified by its `other` form. */
export function textsInView(text: string): string[] {
  return argumentsOfCalls(codeOfView(text), 't').flatMap((args) => literalsIn(firstArgument(args)));
}

/** The English texts that a module returns for translation: titles, notices, errors found in a portal. */
export function textsInModule(source: Source): string[] {
  const code = withoutComments(source);
  const properties = code.matchAll(
    /\b(?:text|title|error|link|message|other):\s*('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")/g,
  );
  const flashed = argumentsOfCalls(code, 'flash').flatMap((args) =>
    literalsIn(args.split(',').slice(2).join(',')),
  );
  const first = argumentsOfCalls(code, 't').map(firstArgument);
  const quotedTexts = flashed.map((text) => JSON.stringify(text));
  return [...[...properties].map(([, literal]) => literal!), ...quotedTexts, ...first]
    .flatMap(literalsIn)
    .filter((text) => /^[A-Z{].*[a-z]/.test(text));
}

/** The views and mails that customers see, and the views and components they use. */
export function customerViews(): Source[] {
  const start = [
    ...readSources('views/account', '.ejs'),
    ...readSources('views/errors', '.ejs'),
    ...readSources('views/sign-in', '.ejs'),
    ...readSources('views/emails', '.ejs'),
    readSource('views/layouts/account.ejs'),
    readSource('views/layouts/sandbox.ejs'),
  ];
  return transitiveClosure(start, (view) => usedViews(view).map((name) => `views/${name}`));
}

/** The modules whose texts customers can see. */
export function customerModules(): Source[] {
  const start = [
    ...['account', 'http', 'documents', 'gateways'].flatMap((folder) => readSources(`src/${folder}`, '.ts')),
    // Staff print it for a customer.
    readSource('src/domain/user/activation-letter.ts'),
  ];
  return transitiveClosure(start, (source) =>
    importsOf(source)
      .filter(({ of, isType }) => !isType && /^src\/(account|sign-in|http|documents|domain)\//.test(of))
      .map(({ of }) => of),
  );
}

function transitiveClosure(start: Source[], next: (source: Source) => string[]): Source[] {
  const known = new Map(start.map((source) => [source.file, source]));
  // Iterating a Map includes the entries that are added during the iteration.
  for (const source of known.values()) {
    for (const file of next(source)) if (!known.has(file)) known.set(file, readSource(file));
  }
  return [...known.values()];
}

function argumentsOfCalls(code: string, name: string): string[] {
  return [...code.matchAll(new RegExp(`(?<![\\w.])${name}\\(`, 'g'))].map((call) => {
    const from = call.index + call[0].length;
    return code.slice(from, indexAtDepthZero(code, from, ')'));
  });
}

function firstArgument(args: string): string {
  return args.slice(0, indexAtDepthZero(args, 0, ','));
}

/** The index of a character outside of strings and brackets; the length of the code if there is none. */
function indexAtDepthZero(code: string, from: number, wanted: string): number {
  let depth = 0;
  let quote = '';
  for (let at = from; at < code.length; at += 1) {
    const char = code[at]!;
    if (quote) {
      if (char === '\\') at += 1;
      else if (char === quote) quote = '';
    } else if (`'"\``.includes(char)) quote = char;
    else if (char === wanted && depth === 0) return at;
    else if ('([{'.includes(char)) depth += 1;
    else if (')]}'.includes(char)) depth -= 1;
  }
  return code.length;
}

/** String literals, except compared values, keys, and plural forms other than `other`. */
function literalsIn(code: string): string[] {
  const literals = code.matchAll(
    /(===?\s*|!==?\s*|\[\s*|\b(?:zero|one|two|few|many):\s*)?('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")(\s*[=!]==?)?/g,
  );
  return [...literals]
    .filter(([, before, , after]) => !before && !after)
    .map(([, , literal]) => literal!.slice(1, -1).replace(/\\(.)/g, '$1'));
}
