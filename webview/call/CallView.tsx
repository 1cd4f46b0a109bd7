import { useEffect, useRef, useState } from 'preact/hooks';
import { CallControls } from './CallControls';
import type { CallHost } from './callModel';
import { endText, stateText } from './callText';
import { Duration } from './Duration';
import { HeldElsewhere } from './HeldElsewhere';
import { QualityLine } from './QualityLine';
import { Ringing } from './Ringing';
import { ringTone } from './ringTone';
import { Stage } from './Stage';
import { useCall } from './useCall';
import './call.css';

/** How long the end of a call stays over a chat when nobody takes it away. */
const END_MS = 12_000;

/**
 * The call with one agent, in whatever state it is: above the chat in a panel, or a whole page in
 * the browser. Nothing while there is no call.
 */
export function CallView({ host, isWholePage = false }: CallViewProps) {
  const { model, call: snapshot } = useCall(host);
  const stage = useRef<HTMLDivElement>(null);
  const [hasSound, setHasSound] = useState(hasBeenClicked);
  const { page, local, trouble } = snapshot;
  const call = page?.call;
  const kind = call?.state.kind;
  const rings = kind === 'ringing' && call?.direction === 'in' && page?.ringSound === true;

  useEffect(() => (rings ? ringTone() : undefined), [rings]);
  useEffect(() => {
    if (kind !== 'ended' || isWholePage) return undefined;
    const timer = setTimeout(() => {
      model.dismiss();
    }, END_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [kind, isWholePage, model]);
  useEffect(() => {
    // Any click in the page lets it sound, as the browser sees it too.
    const onClick = (): void => {
      setHasSound(true);
    };
    document.addEventListener('click', onClick, { once: true });
    return () => {
      document.removeEventListener('click', onClick);
    };
  }, []);

  if (call === undefined || page === undefined) {
    return isWholePage && page !== undefined ? (
      <main class="call-over">
        <p>The call is over. You can close this tab.</p>
      </main>
    ) : null;
  }
  const { agentName } = page;
  if (call.state.kind === 'ended') {
    const text = endText(call.state, agentName);
    return (
      <section class="call call-ended" aria-label={`Call with ${agentName}`}>
        <p role="status">
          {text}
          {isWholePage && ' You can close this tab.'}
        </p>
        {call.state.durationMs > 0 && <Duration ms={call.state.durationMs} />}
        {!isWholePage && (
          <button
            type="button"
            onClick={() => {
              model.dismiss();
            }}
          >
            Close
          </button>
        )}
      </section>
    );
  }
  const isHere = call.holder === 'here' || (call.holder === 'nobody' && snapshot.canCapture);
  const isRingingIn = call.state.kind === 'ringing' && call.direction === 'in';
  return (
    <section class="call" aria-label={`Call with ${agentName}`} data-state={call.state.kind}>
      <header class="call-head">
        {call.state.kind !== 'ringing' && <h2>{agentName}</h2>}
        <span role="status">{stateText(call, agentName)}</span>
        {call.answeredAt !== undefined && <Duration since={call.answeredAt} />}
        {snapshot.stats && <QualityLine stats={snapshot.stats} />}
      </header>
      {isRingingIn ? (
        <Ringing model={model} call={call} snapshot={snapshot} />
      ) : (
        <>
          <Stage ref={stage} snapshot={snapshot} call={call} hasSound={hasSound} />
          {!isHere && <HeldElsewhere model={model} call={call} snapshot={snapshot} />}
          {snapshot.sound !== undefined && !hasSound && (
            <button
              type="button"
              class="call-sound primary"
              onClick={() => {
                setHasSound(true);
              }}
            >
              Turn on sound
            </button>
          )}
          <CallControls model={model} snapshot={snapshot} stage={stage} isHere={isHere} />
        </>
      )}
      {[...(local?.troubles ?? []), ...(trouble === undefined ? [] : [trouble])].map((sentence) => (
        <p class="call-trouble" role="alert" key={sentence}>
          {sentence}
        </p>
      ))}
    </section>
  );
}

export interface CallViewProps {
  readonly host: CallHost;
  readonly isWholePage?: boolean;
}

/** Asked of the browser: before a click, remote sound would be refused. */
function hasBeenClicked(): boolean {
  const { userActivation } = navigator as Partial<Pick<Navigator, 'userActivation'>>;
  return userActivation?.hasBeenActive === true;
}
