import { expect } from 'chai';
import { auditEvents } from '../../src/domain/audit/audit.ts';
import { readSources, withoutComments, type Source } from './source-files.ts';

const EVENTS = Object.keys(auditEvents);

const sources = readSources('src', '.ts').filter(({ file }) => file !== 'src/domain/audit/audit.ts');
const tests = readSources('test', '.test.ts').filter(({ file }) => !file.startsWith('test/architecture/'));

describe('audit events in the catalogue', () => {
  it('are recorded by an action', () => {
    expect(listUnused(EVENTS, sources), 'recorded nowhere in src').to.eql([]);
  });

  it('are asserted by name in a test', () => {
    expect(listUnused(EVENTS, tests), 'asserted in no test outside of test/architecture').to.eql([]);
  });
});

describe('the check for unused audit events', () => {
  it('reports an event that is named nowhere, only in a comment or only as part of a longer name', () => {
    const source = (text: string): Source => ({ file: 'x.test.ts', text, lines: 1 });
    expect(listUnused(['user.linked'], [source("include('user.linked')")])).to.eql([]);
    expect(listUnused(['user.linked'], [source("where event = 'user.linked'")])).to.eql([]);
    for (const text of ['', "// 'user.linked'", "include('user.linked_again')", "like 'user.%'"])
      expect(listUnused(['user.linked'], [source(text)]), text).to.eql(['user.linked']);
  });
});

function listUnused(events: string[], files: Source[]): string[] {
  const code = files.map(withoutComments).join('\n');
  return events.filter((event) => !code.includes(`'${event}'`));
}
