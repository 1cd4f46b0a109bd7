import { useEffect, useState } from 'preact/hooks';
import { callDuration } from '../../src/bridge/callText';

/** How long a call lasts, or lasted. */
export function Duration(props: { readonly since: string } | { readonly ms: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now());
    }, 1000);
    return () => {
      clearInterval(timer);
    };
  }, []);
  const ms = 'ms' in props ? props.ms : now - Date.parse(props.since);
  return (
    <time class="call-duration" aria-label={`Duration ${callDuration(ms)}`}>
      {callDuration(ms)}
    </time>
  );
}
