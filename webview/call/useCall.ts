import { useEffect, useMemo, useState } from 'preact/hooks';
import { CallModel, type CallHost, type CallSnapshot } from './callModel';

/** One model for as long as the view is there, drawn again whenever it changes. */
export function useCall(host: CallHost): {
  readonly model: CallModel;
  readonly call: CallSnapshot;
} {
  const model = useMemo(() => new CallModel(host), [host]);
  const [call, setCall] = useState(model.snapshot);
  useEffect(() => {
    setCall(model.snapshot);
    const stop = model.subscribe(() => {
      setCall(model.snapshot);
    });
    return () => {
      stop();
      model.close();
    };
  }, [model]);
  return { model, call };
}
