import { expect } from 'chai';
import { functionCosts, type CpuProfile } from '../../bench/support/profile.ts';

const node = (id: number, functionName: string, children: number[] = [], url = '') => ({
  id,
  callFrame: { functionName, url, lineNumber: 9 },
  children,
});

/** render calls itself and escape; the process is idle for half of the time. */
const profile: CpuProfile = {
  nodes: [
    node(1, '(root)', [2, 5]),
    node(2, 'render', [3], 'file:///portico/dist/src/http/render-page.js'),
    node(3, 'render', [4], 'file:///portico/dist/src/http/render-page.js'),
    node(4, 'escape', [], 'file:///portico/node_modules/ejs/lib/ejs.js'),
    node(5, '(idle)'),
  ],
  samples: [2, 3, 4, 5],
  timeDeltas: [20, 20, 60, 100],
};

describe('functionCosts()', () => {
  const costs = new Map(functionCosts(profile).map(({ name, ...cost }) => [name, cost]));

  it('sums the time of a function over all places that call it', () => {
    expect(costs.get('render src/http/render-page.js:10')?.self).to.equal(0.4);
  });

  it('counts a recursive function once in the time with called functions', () => {
    expect(costs.get('render src/http/render-page.js:10')?.total).to.equal(1);
  });

  it('names the package of a function', () => {
    expect(costs.get('escape node_modules/ejs/lib/ejs.js:10')).to.eql({ self: 0.6, total: 0.6 });
  });

  it('leaves out idle time', () => {
    expect([...costs.keys()].join()).not.to.contain('idle');
  });
});
