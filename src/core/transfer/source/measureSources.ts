import type { SourceRequest, SourceSummary } from '../../engine';
import { type WalkOptions, walkSources } from './walkSources';

/** What would be offered, checked as if it were. @throws as `walkSources` */
export async function measureSources(
  request: SourceRequest,
  options: WalkOptions = {},
): Promise<SourceSummary> {
  return (await walkSources(request, options)).summary;
}
