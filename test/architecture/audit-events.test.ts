import { expect } from 'chai';
import { auditEvents } from '../../src/domain/audit/audit.ts';
import { readSources, withoutComments, type Source } from './source-files.ts';

const EVENTS = Object.keys(auditEvents);

const sources = readSources('src', '.ts').filter(({ file }) => !file.endsWith('/audit-events.ts'));
const tests = readSources('test', '.test.ts').filter(({ file }) => !file.startsWith('test/architecture/'));

describe('audit events of the catalogue', () => {
  it('are recorded by an action', () => {
    expect(listUnnamed(EVENTS, sources)).to.eql([]);
  });

  it('are asserted by name in a test', () => {
    expect(listUnnamed(EVENTS, tests)).to.eql([]);
  });

  it('are reported when they are named nowhere, in a comment or as a part of another name', () => {
    const source = (text: string): Source => ({ file: 'x.test.ts', text, lines: 1 });
    expect(listUnnamed(['user.linked'], [source("include('user.linked')")])).to.eql([]);
    expect(listUnnamed(['user.linked'], [source("where event = 'user.linked'")])).to.eql([]);
    for (const text of ['', "// 'user.linked'", "include('user.linked_again')", "like 'user.%'"])
      expect(listUnnamed(['user.linked'], [source(text)]), text).to.eql(['user.linked']);
  });
});

function listUnnamed(events: string[], files: Source[]): string[] {
  const code = files.map(withoutComments).join('\n');
  return events.filter((event) => !code.includes(`'${event}'`));
}
