import { useEffect, useState } from 'preact/hooks';
import { durationText } from './callText';

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
    <time class="call-duration" aria-label={`Duration ${durationText(ms)}`}>
      {durationText(ms)}
    </time>
  );
}
