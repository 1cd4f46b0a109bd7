// Mocha's spec report, and the counts as JSON in the file that COUNTS_FILE names.
const { writeFileSync } = require('node:fs');
const { setTimeout } = require('node:timers');
const { reporters } = require('mocha');

/** Milliseconds after the last test in which a process that nothing holds has long ended. */
const HELD_MS = 30_000;

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      const counts = { passed: passes, failed: failures, skipped: pending };
      if (process.env.COUNTS_FILE) writeFileSync(process.env.COUNTS_FILE, JSON.stringify(counts));
      setTimeout(failHeld, HELD_MS).unref();
    });
  }
};

/** What keeps this process would keep a program that uses the same code: that is a failure. */
function failHeld() {
  const held = new Map();
  for (const kind of process.getActiveResourcesInfo()) held.set(kind, (held.get(kind) ?? 0) + 1);
  const list = [...held].map(([kind, count]) => `${count} ${kind}`).join(', ');
  console.error(`The tests are over, and the process would stay. What it has open: ${list}`);
  process.exit(1);
}
