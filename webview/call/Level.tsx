import { useEffect, useRef } from 'preact/hooks';
import { LevelMeter } from './levels';

/** How loud one's own microphone is, so that one sees that it hears. */
export function Level({
  stream,
  isMuted,
}: {
  readonly stream: MediaStream;
  readonly isMuted: boolean;
}) {
  const bar = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const meter = new LevelMeter(stream);
    let frame = 0;
    const draw = (): void => {
      const level = isMuted ? 0 : meter.level();
      if (bar.current) {
        bar.current.style.transform = `scaleY(${level.toFixed(2)})`;
        bar.current.parentElement?.setAttribute('aria-valuenow', String(Math.round(level * 100)));
      }
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => {
      cancelAnimationFrame(frame);
      meter.close();
    };
  }, [stream, isMuted]);
  return (
    <span
      class="call-level"
      role="meter"
      aria-label="Level of your microphone"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={0}
    >
      <span ref={bar} />
    </span>
  );
}
