import { BeelineError, errors } from '../errors';
import type { Endpoint } from './endpoint';

/** One request to the task service, in its words. */
export interface AtsRequest {
  readonly method: 'GET' | 'POST';
  /** Below the service's address, with its query. */
  readonly path: string;
  /** Sent as JSON; absent where the service wants no body. */
  readonly body?: unknown;
  /** What it is about, for the sentence "The task service does not know …". */
  readonly what: string;
  /** Whether it moves a task from one status to another, which the status may not allow. */
  readonly transition?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly text: string;
  /** Where a redirect points. */
  readonly location: string | undefined;
}

/** Bytes. The largest honest answer, a page of tasks, is far below; more would only fill memory. */
export const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/**
 * Sends a request and reads the whole answer, whatever its status.
 *
 * Redirects are not followed: they would carry the API key to wherever they point.
 * `fetch` is looked up at call time, because the editor patches it for proxies and certificates.
 * @throws ATS_UNREACHABLE, ATS_BAD_ANSWER (too large), CANCELLED
 */
export async function exchange(
  endpoint: Endpoint,
  request: AtsRequest,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Answer> {
  if (signal?.aborted === true) throw errors.cancelled();
  const ending = new AbortController();
  const onAbort = (): void => {
    ending.abort();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => {
    ending.abort(new Error(`No answer came within ${timeoutMs} ms.`));
  }, timeoutMs);
  try {
    const response = await globalThis.fetch(endpoint.base + request.path, {
      method: request.method,
      headers: {
        ...endpoint.headers,
        'Content-Type': 'application/json',
        'Cache-Control': 'no-store',
      },
      redirect: 'manual',
      signal: ending.signal,
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
    return {
      status: response.status,
      statusText: response.statusText,
      text: await readBounded(endpoint, response),
      location: response.headers.get('location') ?? undefined,
    };
  } catch (thrown) {
    ending.abort();
    if (thrown instanceof BeelineError) throw thrown;
    if (isAborted(signal)) throw errors.cancelled({ cause: thrown });
    throw errors.atsUnreachable(endpoint.base, { cause: thrown });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** A function, since the compiler remembers that the signal was not aborted before the request. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

async function readBounded(endpoint: Endpoint, response: Response): Promise<string> {
  if (response.body === null) return '';
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = (await reader.read()) as { done: boolean; value?: Uint8Array };
    if (done || value === undefined) return Buffer.concat(chunks).toString('utf8');
    bytes += value.byteLength;
    if (bytes > MAX_ANSWER_BYTES) {
      throw errors.atsBadAnswer(
        endpoint.base,
        `its answer is larger than ${MAX_ANSWER_BYTES} bytes`,
      );
    }
    chunks.push(value);
  }
}
