import { qualityDetails, qualityText } from './callText';
import { qualityOf, type CallStats } from './callStats';

/** In words, with the numbers behind it for who wants them. */
export function QualityLine({ stats }: { readonly stats: CallStats }) {
  return (
    <details class="call-quality" data-quality={qualityOf(stats)}>
      <summary>{qualityText(stats)}</summary>
      <dl>
        {qualityDetails(stats).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
