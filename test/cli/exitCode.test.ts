import assert from 'node:assert/strict';
import { exitCodeOf, worstExitCode } from '../../src/cli/exitCode';
import { errorCodes } from '../../src/core/errors';

describe('exit codes', () => {
  it('are those that --help promises, for every error there is', () => {
    const special: Record<string, number> = {
      CONFIG_INVALID: 2,
      DECLINED: 3,
      NOT_ALLOWED: 3,
      PAIRING_DECLINED: 3,
      CONNECT_TIMEOUT: 4,
      PEER_SILENT: 4,
      OFFER_EXPIRED: 4,
      INVITE_EXPIRED: 4,
    };
    for (const code of errorCodes) assert.equal(exitCodeOf(code), special[code] ?? 1, code);
  });

  it('of several transfers is that of the worst', () => {
    assert.equal(worstExitCode([]), 0);
    assert.equal(worstExitCode([0, 0]), 0);
    assert.equal(worstExitCode([0, 3]), 3);
    assert.equal(worstExitCode([3, 4, 0]), 4);
    assert.equal(worstExitCode([4, 1, 3]), 1);
  });
});
