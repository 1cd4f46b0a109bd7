import type { Locator, Page } from 'playwright-core';

/**
 * Drags a row of the editor onto something else with Shift held, with which the editor leaves a drop
 * to the page of a panel.
 */
export async function dragWithShift(page: Page, from: Locator, to: Locator): Promise<void> {
  await from.hover();
  await page.mouse.down();
  await page.keyboard.down('Shift');
  try {
    const { x, y } = await middle(to);
    await page.mouse.move(x, y - STEP_PX, { steps: 5 });
    await page.mouse.move(x, y, { steps: 5 });
    await page.mouse.up();
  } finally {
    await page.keyboard.up('Shift');
  }
}

/** Files of this machine, dragged in from outside of the browser, with Shift held. */
export async function dropFilesWithShift(
  page: Page,
  files: readonly string[],
  to: Locator,
): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { x, y } = await middle(to);
  const data = { items: [], files: [...files], dragOperationsMask: COPY };
  // The editor notices Shift with the first movement, and lets the next one through to the page.
  const kinds = ['dragEnter', 'dragOver', 'dragOver', 'drop'] as const;
  for (const type of kinds) {
    await session.send('Input.dispatchDragEvent', { type, x, y, data, modifiers: SHIFT });
  }
  await session.detach();
}

/** Pixels; enough that the page sees something move over it. */
const STEP_PX = 40;
/** As the browser's protocol counts them. */
const COPY = 1;
const SHIFT = 8;

async function middle(of: Locator): Promise<{ readonly x: number; readonly y: number }> {
  const box = await of.boundingBox();
  if (box === null) throw new Error('What something is dragged to is not on the screen.');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
