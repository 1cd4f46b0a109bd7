/** How loud a stream is, as a number from 0 to 1 to be asked for as often as it is drawn. */
export class LevelMeter {
  private readonly context = new AudioContext();
  private readonly analyser = this.context.createAnalyser();
  private readonly samples: Float32Array<ArrayBuffer>;

  constructor(stream: MediaStream) {
    this.analyser.fftSize = 512;
    this.samples = new Float32Array(this.analyser.fftSize);
    this.context.createMediaStreamSource(stream).connect(this.analyser);
  }

  /** Of the loudest moment just now; −60 dB and below is silence. */
  level(): number {
    // Suspended until somebody has clicked, where the browser wants that.
    if (this.context.state === 'suspended') void this.context.resume();
    this.analyser.getFloatTimeDomainData(this.samples);
    const peak = this.samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    if (peak === 0) return 0;
    return Math.min(1, Math.max(0, 1 + (20 * Math.log10(peak)) / 60));
  }

  close(): void {
    void this.context.close();
  }
}
