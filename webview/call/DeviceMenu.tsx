import type { CallModel } from './callModel';
import type { LocalSnapshot } from './localMedia';

/** Which microphone and which camera; in step with what is plugged in. */
export function DeviceMenu({ model, local }: DeviceMenuProps) {
  return (
    <div class="call-devices" role="group" aria-label="Devices">
      <Choice
        label="Microphone"
        devices={local.microphones}
        chosen={local.microphone}
        onChoose={(deviceId) => {
          model.useMicrophone(deviceId);
        }}
      />
      <Choice
        label="Camera"
        devices={local.cameras}
        chosen={local.camera}
        onChoose={(deviceId) => {
          model.useCamera(deviceId);
        }}
      />
    </div>
  );
}

function Choice({ label, devices, chosen, onChoose }: ChoiceProps) {
  return (
    <label>
      {label}
      <select
        value={chosen ?? ''}
        disabled={devices.length === 0}
        onChange={({ currentTarget }) => {
          if (currentTarget.value !== '') onChoose(currentTarget.value);
        }}
      >
        {chosen === undefined && (
          <option value="">{devices.length === 0 ? 'None found' : 'Off'}</option>
        )}
        {devices.map((device, index) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label === '' ? `${label} ${String(index + 1)}` : device.label}
          </option>
        ))}
      </select>
    </label>
  );
}

interface DeviceMenuProps {
  readonly model: CallModel;
  readonly local: LocalSnapshot;
}

interface ChoiceProps {
  readonly label: string;
  readonly devices: readonly MediaDeviceInfo[];
  readonly chosen: string | undefined;
  readonly onChoose: (deviceId: string) => void;
}
