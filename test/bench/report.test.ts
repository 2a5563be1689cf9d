import { expect } from 'chai';
import { formatReport, formatTable, goalRow } from '../../bench/support/report.ts';
import { atLeast, atMost, type Figure, type JobResult } from '../../bench/support/results.ts';

const ratio: Figure = { name: 'login page', unit: '', samples: [0.5, 0.7, 0.6], goal: atLeast(0.55, 0.7) };
const latency: Figure = { name: 'search', unit: 'ms', samples: [120, 40, 90], goal: atMost(80, 45) };

const result: JobResult = {
  title: 'The login page',
  figures: [ratio, latency],
  columns: ['server', 'requests/s'],
  rows: [['the portal', '1000']],
  notes: ['A note.'],
};

describe('goalRow()', () => {
  it('returns the median, the spread and the limits of a ratio', () => {
    expect(goalRow(ratio)).to.eql(['login page', '0.60', '0.50–0.70', '≥ 0.55', '≥ 0.70', 'yes']);
  });

  it('names the aim when the median reaches it', () => {
    expect(goalRow({ ...ratio, samples: [0.7] }).at(-1)).to.equal('aim');
    expect(goalRow({ ...latency, samples: [45] }).at(-1)).to.equal('aim');
  });

  it('marks a goal that is not reached', () => {
    expect(goalRow({ ...ratio, samples: [0.54] }).at(-1)).to.equal('**no**');
    expect(goalRow(latency)).to.eql(['search', '90.0 ms', '40.0–120', '≤ 80.0 ms', '≤ 45.0 ms', '**no**']);
  });
});

describe('formatTable()', () => {
  it('pads the cells of each column to the same width', () => {
    expect(formatTable(['', 'per second'], [['bare pg', '1']]).split('\n')).to.eql([
      '|         | per second |',
      '| ------- | ---------- |',
      '| bare pg | 1          |',
    ]);
  });

  it('escapes the separator of columns', () => {
    expect(formatTable(['a'], [['x|y']])).to.contain('| x\\|y |');
  });
});

describe('formatReport()', () => {
  const report = formatReport(['CPU: 2 cores'], [{ name: 'login', result }]);

  it('contains the machine, the goals and each job with its notes', () => {
    expect(report).to.contain('- CPU: 2 cores');
    expect(report).to.match(/## Goals\n\n.*must reach.*\n.*\n\| login page +\| 0\.60/);
    expect(report).to.match(
      /## login\n\nThe login page\.\n\n\| server +\| requests\/s \|\n.*\n\| the portal \| 1000 +\|\n\n- A note\./,
    );
  });

  it('states that a job failed and keeps the other jobs', () => {
    const failed = { name: 'users', result: new Error('The portal did not start') };
    const both = formatReport([], [failed, { name: 'login', result }]);
    expect(both).to.contain('## users\n\nThe job failed: The portal did not start');
    expect(both).to.contain('## login');
  });
});
