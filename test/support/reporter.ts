import Mocha from 'mocha';

/** Mocha's report, then each skipped test with its reason, then the counts as the last line. */
export default class Reporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const pending: Mocha.Test[] = [];
    runner.on(Mocha.Runner.constants.EVENT_TEST_PENDING, (test) => pending.push(test));
    process.once('exit', () => {
      const { passes, failures } = this.stats;
      for (const test of pending) console.log(`  skipped: ${test.fullTitle()}`);
      if (passes + failures === 0) console.log('No test ran. This counts as a failure.');
      if (passes + failures === 0) process.exitCode = 1;
      console.log(`${passes} passed, ${failures} failed, ${pending.length} skipped`);
    });
  }
}
