import { expect } from 'chai';
import { StrengthEstimator } from '../../../src/domain/password/password-strength.ts';
import { Unavailable } from '../../../src/errors.ts';

describe('StrengthEstimator', () => {
  const workers = {
    'does not respond': 'setInterval(() => undefined, 1000);',
    'never returns':
      'import { parentPort } from "node:worker_threads"; parentPort.on("message", () => { for (;;); });',
    'fails to start': 'throw new Error("out of memory");',
    exits: 'process.exit(0);',
  };
  for (const [name, code] of Object.entries(workers)) {
    it(`rejects every waiting call when the worker ${name}`, async () => {
      const file = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
      const estimator = new StrengthEstimator(file, 500);
      const calls = [1, 2].map(() => estimator.estimate('blue kettle rainy fence', []));
      for (const error of await Promise.all(calls.map((call) => call.catch((thrown: unknown) => thrown))))
        expect(error).to.be.instanceOf(Unavailable);
    });
  }

  it('starts another worker after one has failed', async () => {
    const code = `import { parentPort } from 'node:worker_threads';
      parentPort.on('message', ({ id, password }) => {
        if (password === 'fail') throw new Error('failed');
        parentPort.postMessage({ id, score: 4, known: [], isCommon: false });
      });`;
    const file = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
    const estimator = new StrengthEstimator(file, 5_000);
    const error = await estimator.estimate('fail', []).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(Unavailable);
    expect((await estimator.estimate('blue kettle rainy fence', [])).score).to.equal(4);
  });

  it('rejects calls beyond those that may wait', async () => {
    const code = 'setInterval(() => undefined, 1000);';
    const estimator = new StrengthEstimator(new URL(`data:text/javascript,${code}`), 300);
    const calls = Array.from({ length: 70 }, () =>
      estimator.estimate('blue', []).then(
        () => '',
        (error: unknown) => (error as Error).message,
      ),
    );
    const messages = await Promise.all(calls);
    expect(messages.filter((message) => message.startsWith('Too many'))).to.have.length(6);
  });
});
