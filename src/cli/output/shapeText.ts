import { bytesText, countText } from '../../core/units';
import type { Shape } from './report';

/** What is offered, by kind, count and size: `38 MB`, `folder, 1,204 entries, 38 MB`. */
export function shapeText(shape: Shape, bytes: number): string {
  switch (shape.kind) {
    case 'file':
      return bytesText(bytes);
    case 'folder':
      return `folder, ${countText(shape.entries, 'entry', 'entries')}, ${bytesText(bytes)}`;
    case 'several':
      return (
        `and ${countText(shape.roots - 1, 'other', 'others')}, ` +
        `${countText(shape.entries, 'entry', 'entries')}, ${bytesText(bytes)}`
      );
  }
}
