import type { FileHead } from '../../../src/core/wire/v2File';
import type { PlanPage, PlanPart } from '../../../src/core/wire/v2PlanPage';
import { demand } from '../properties';

/** What a page of a plan may say, told apart from how the decoder finds out. */
export function demandGoodPlan({ parts }: PlanPage): void {
  demand(parts.length > 0, 'a page of nothing');
  let last = -1;
  for (const part of parts) {
    demand(Number.isSafeInteger(part.index) && part.index > last, 'parts that do not ascend');
    last = part.index;
    demandGoodPart(part);
  }
}

function demandGoodPart(part: PlanPart): void {
  if (part.kind === 'have') {
    demand(part.sha256.length === 32, 'a hash that is none');
    return;
  }
  if (part.kind === 'prefix') {
    demand(part.marks.length >= 1 && part.marks.length <= 8, 'marks beyond their number');
    let last = 0;
    for (const { offset, sha256 } of part.marks) {
      demand(offset > last && sha256.length === 32, 'a mark that is none');
      last = offset;
    }
    return;
  }
  const { blockBytes, size, first, hashes } = part;
  const powers = Array.from({ length: 13 }, (_, power) => 4096 * 2 ** power);
  demand(powers.includes(blockBytes), 'blocks of a size that there is not');
  const all = Math.ceil(size / blockBytes);
  demand(all >= 1 && all <= 262_144, 'more blocks than there may be');
  const count = hashes.length / 16;
  demand(Number.isInteger(count) && count >= 1 && first + count <= all, 'blocks beyond the end');
}

/** How a file may begin. */
export function demandGoodHead(head: FileHead): void {
  demand(Number.isSafeInteger(head.index) && head.index >= 0, 'an index that is none');
  if (head.how === 'gone') return;
  const { size, mode, mtime } = head.state;
  demand(Number.isSafeInteger(size) && size >= 0, 'a size that is none');
  demand(Number.isInteger(mode) && mode >= 0 && mode <= 0o777, 'a mode beyond permissions');
  demand(!Number.isNaN(new Date(mtime).getTime()) && mtime >= 0, 'a time that is none');
  if (head.how !== 'from') return;
  demand(head.offset > 0 && head.offset <= size, 'going on from outside of the file');
}
