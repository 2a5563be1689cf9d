import { expect } from 'chai';
import { readSources, withoutComments, type Source } from './source-files.ts';

describe('actions', () => {
  it('refuse with refuse or refuseWith, which roll back, instead of a plain ok: false', () => {
    const plain = readSources('src/domain', '.ts').filter(hasPlainFailure);
    expect(plain.map(({ file }) => file)).to.eql([]);
  });
});

describe('the check for a plain ok: false', () => {
  const sourceOf = (text: string): Source => ({ file: 'x.ts', text, lines: 1 });

  it('reports a value and a type, and ignores ok: true, refusals and comments', () => {
    for (const text of [
      'return { ok: false };',
      'return { ok: false as const, form };',
      'return { form, ok: isSaved };',
      'return { ok };',
      'type Result = { ok: boolean };',
      'type Result = { readonly ok?: false };',
    ])
      expect(hasPlainFailure(sourceOf(text)), text).to.equal(true);
    for (const text of [
      'return { ok: true };',
      'return { ok: true as const, user };',
      'if (!parsed.ok) return parsed;',
      'return parsed.ok ? save() : parsed;',
      'return refuse({ field, code });',
      '// Never { ok: false }.',
    ])
      expect(hasPlainFailure(sourceOf(text)), text).to.equal(false);
  });
});

function hasPlainFailure(source: Source): boolean {
  return /[{,;]\s*(readonly\s+)?ok\s*(\??:(?!\s*true\b)|[,}])/.test(withoutComments(source));
}
