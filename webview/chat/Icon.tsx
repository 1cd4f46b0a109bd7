import type { JSX } from 'preact';

/** A codicon; says nothing to screen readers, since what it stands for is labelled. */
export function Icon({ name, spin = false }: IconProps): JSX.Element {
  const classes = `codicon codicon-${name}${spin ? ' codicon-modifier-spin' : ''}`;
  return <span class={classes} aria-hidden="true" />;
}

interface IconProps {
  readonly name: string;
  readonly spin?: boolean;
}

/** A button that is an icon; its label is read aloud and shown when pointed at. */
export function IconButton({ icon, label, onClick, ...rest }: IconButtonProps): JSX.Element {
  return (
    <button
      type="button"
      class="icon-button"
      title={label}
      aria-label={label}
      onClick={onClick}
      {...rest}
    >
      <Icon name={icon} />
    </button>
  );
}

interface IconButtonProps {
  readonly icon: string;
  readonly label: string;
  readonly onClick: () => void;
  readonly disabled?: boolean;
  readonly tabIndex?: number;
  readonly 'aria-expanded'?: boolean;
  readonly 'aria-haspopup'?: 'menu';
  readonly 'aria-pressed'?: boolean;
}
