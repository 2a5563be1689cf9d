import { expect } from 'chai';
import { exportNames } from '../../src/domain/export/export.ts';
import { readSource, readSources, withoutComments } from './source-files.ts';

/** The permission in quotes, the list and the columns. */
type Parts = readonly [permission: string, list: string, columns: string];

describe('the exports of lists', () => {
  const declared = new Map(
    [
      ...withoutComments(readSource('src/operations/list-exports.ts')).matchAll(
        /\n {2}'?([\w-]+)'?: exported\(('[\w.]+'|null), (\w+), (\w+)/g,
      ),
    ].map(([, name, ...parts]) => [name!, parts as [string, string, string]]),
  );

  it('have the permission, list and columns of the screen', () => {
    const screens = readSources('src/operations', '.ts').flatMap((source) =>
      screensOf(withoutComments(source)),
    );
    expect(screens.map(({ name }) => name)).to.have.members([...exportNames]);
    expect([...declared.keys()]).to.have.members([...exportNames]);
    for (const { name, parts } of screens) expect(declared.get(name), name).to.eql(parts);
  });
});

describe('the check of exports', () => {
  it('reads the parts of a screen', () => {
    const source = `users.get('/', may('users.view'), listScreen({ list: userList, file: 'users', columns: all }));`;
    expect(screensOf(source)).to.eql([{ name: 'users', parts: ["'users.view'", 'userList', 'all'] }]);
  });
});

function screensOf(text: string): { name: string; parts: Parts }[] {
  const screens = text.matchAll(
    /\blistScreen\(\{[^;]*?\blist: (\w+),\s*file: ([^,]+),[^;]*?\bcolumns: (\w+)/g,
  );
  return [...screens].flatMap(([, list, file, columns]) => {
    const guard = /\b(may\(('[\w.]+')\)|signedIn),/.exec(text)!;
    const names = [...file!.matchAll(/(?<!=== )'([\w-]+)'/g)].map(([, name]) => name!);
    return names.map((name) => ({ name, parts: [guard[2] ?? 'null', list!, columns!] as const }));
  });
}
