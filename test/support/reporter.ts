import Mocha from 'mocha';

type MaySkip = { parent?: MaySkip | undefined; reasonToSkip?: string };

/** Mocha's own report, then each skipped test with its reason, and the count as the very last line. */
export default class Reporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const pending: Mocha.Test[] = [];
    runner.on(Mocha.Runner.constants.EVENT_TEST_PENDING, (test) => pending.push(test));
    process.once('exit', () => {
      const { passes, failures } = this.stats;
      for (const test of pending) console.log(`  skipped: ${test.fullTitle()}: ${reasonOf(test)}`);
      if (passes + failures === 0) console.log('No test ran: that counts as a failure.');
      if (passes + failures === 0) process.exitCode = 1;
      console.log(`${passes} passed, ${failures} failed, ${pending.length} skipped`);
    });
  }
}

function reasonOf(test: MaySkip | undefined): string {
  if (!test) return 'no reason given';
  return test.reasonToSkip ?? reasonOf(test.parent);
}
