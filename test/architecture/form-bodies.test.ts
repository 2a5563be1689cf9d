import { expect } from 'chai';
import { readSources, withoutComments, type Source } from './source-files.ts';

/** The functions that refuse unknown fields and values of another shape, and those that only show or compare the body. */
const READERS = [
  'parseForm',
  'parseNewPassword',
  'submittedText',
  'submittedNames',
  'withErrors',
  'hasCustomFields',
];

/** They read one field that every form may have, and check its type. */
const READS_ONE_FIELD = ['src/sign-in/link-cookie.ts'];

describe('bodies of forms', () => {
  const sources = ['account', 'operations', 'platform', 'sign-in', 'dev'].flatMap((folder) =>
    readSources(`src/${folder}`, '.ts'),
  );

  it('are read by parseForm in every portal', () => {
    const checked = sources.filter(({ file }) => !READS_ONE_FIELD.includes(file));
    expect(checked.filter(({ text }) => text.includes('req.body')).length).to.be.greaterThan(15);
    expect(checked.flatMap(findOtherReads)).to.eql([]);
  });

  it('that are read in another way are found by the check', () => {
    const source = (text: string): Source => ({ file: 'x.ts', text, lines: 1 });
    for (const text of [
      'const { name } = req.body;',
      'const name = (req.body as { name?: string }).name;',
      'save(req.body)',
    ])
      expect(findOtherReads(source(text)), text).to.have.length(1);
    const read =
      'parseForm(schemaOf(user, fields), req.body, { stored }); withErrors({ roles: [], ...req.body }, result)';
    expect(findOtherReads(source(read))).to.eql([]);
  });
});

function findOtherReads(source: Source): string[] {
  const text = withoutComments(source);
  return [...text.matchAll(/req\.body\b/g)]
    .filter(({ index }) => !READERS.includes(callAround(text, index)))
    .map(({ index }) => `${source.file}: ${text.slice(Math.max(0, index - 40), index + 20)}`);
}

/** The function whose argument is at this place. */
function callAround(text: string, index: number): string {
  let depth = 0;
  for (let at = index - 1; at >= 0; at -= 1) {
    if (text[at] === ')') depth += 1;
    if (text[at] === '(' && depth-- === 0) return /(\w+)$/.exec(text.slice(0, at))?.[1] ?? '';
  }
  return '';
}
