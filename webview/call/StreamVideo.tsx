import { useEffect, useRef } from 'preact/hooks';

/** A stream as a picture or as sound. It starts again by itself when its stream is another one. */
export function StreamVideo({ stream, label, isMuted = true, class: name }: StreamVideoProps) {
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = element.current;
    if (video === null) return;
    if (video.srcObject !== stream) video.srcObject = stream;
    // `muted` is a property: as an attribute it only says how an element begins.
    video.muted = isMuted;
    // Refused before a click unless muted, and cut short when the stream changes: either way the
    // next change plays it.
    video.play().catch(() => undefined);
  }, [stream, isMuted]);
  return (
    <video ref={element} class={name} aria-label={label} autoplay playsInline muted={isMuted} />
  );
}

interface StreamVideoProps {
  readonly stream: MediaStream;
  readonly label: string;
  readonly isMuted?: boolean;
  readonly class: string;
}
