/** Milliseconds from one ring to the next, and how long one lasts; hertz; quiet, from 0 to 1. */
const PERIOD_MS = 3000;
const RING_MS = 900;
const NOTES = [523, 659] as const;
const VOLUME = 0.08;

/** Rings until it is stopped, where the browser lets a page sound that nobody has clicked in. */
export function ringTone(): () => void {
  const context = new AudioContext();
  const ring = (): void => {
    // Not allowed before a click: the notification is what is heard then.
    if (context.state !== 'running') return;
    for (const [index, note] of NOTES.entries()) {
      const begin = context.currentTime + (index * RING_MS) / 2000;
      const tone = context.createOscillator();
      const volume = context.createGain();
      tone.frequency.value = note;
      volume.gain.setValueAtTime(VOLUME, begin);
      volume.gain.exponentialRampToValueAtTime(0.001, begin + RING_MS / 2000);
      tone.connect(volume).connect(context.destination);
      tone.start(begin);
      tone.stop(begin + RING_MS / 2000);
    }
  };
  void context.resume().then(ring);
  const timer = setInterval(ring, PERIOD_MS);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}
