import * as vscode from 'vscode';
import { DisposableList } from '../disposables';

/** What a person did in one step of several. */
export type StepAnswer<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'back' }
  | { readonly kind: 'stop' };

export interface StepPlace {
  readonly title: string;
  /** From 1; absent for a question on its own. */
  readonly step?: number;
  readonly totalSteps?: number;
}

export interface TextQuestion extends StepPlace {
  readonly prompt: string;
  readonly value?: string;
  readonly placeholder?: string;
  readonly password?: boolean;
  /** A sentence when the text will not do. */
  readonly validate: (value: string) => string | undefined;
  /** What to say while the text is still being typed. */
  readonly whileTyping?: (value: string) => vscode.InputBoxValidationMessage | undefined;
}

export interface PickQuestion<T> extends StepPlace {
  readonly placeholder: string;
  readonly items: readonly (vscode.QuickPickItem & { readonly value: T })[];
}

/** Asks for a line of text. An answer is trimmed and valid. */
export function askText(question: TextQuestion): Promise<StepAnswer<string>> {
  const box = vscode.window.createInputBox();
  box.prompt = question.prompt;
  box.value = question.value ?? '';
  box.placeholder = question.placeholder;
  box.password = question.password ?? false;
  return ask(box, question, (settle, held) => {
    held.add(
      box.onDidChangeValue((value) => {
        box.validationMessage = question.whileTyping?.(value.trim());
      }),
    );
    held.add(
      box.onDidAccept(() => {
        const value = box.value.trim();
        box.validationMessage = question.validate(value);
        if (box.validationMessage === undefined) settle({ kind: 'value', value });
      }),
    );
  });
}

/** Asks to choose one of some items. */
export function askPick<T>(question: PickQuestion<T>): Promise<StepAnswer<T>> {
  const pick = vscode.window.createQuickPick<vscode.QuickPickItem & { readonly value: T }>();
  pick.placeholder = question.placeholder;
  pick.items = question.items;
  pick.matchOnDescription = true;
  return ask(pick, question, (settle, held) => {
    held.add(
      pick.onDidAccept(() => {
        const [item] = pick.selectedItems;
        if (item !== undefined) settle({ kind: 'value', value: item.value });
      }),
    );
  });
}

/** The frame both share: place, *Back*, and exactly one answer however it ends. */
function ask<T>(
  input: vscode.InputBox | vscode.QuickPick<vscode.QuickPickItem & { readonly value: T }>,
  { title, step, totalSteps }: StepPlace,
  listen: (settle: (answer: StepAnswer<T>) => void, held: DisposableList) => void,
): Promise<StepAnswer<T>> {
  const held = new DisposableList();
  held.add(input);
  input.title = title;
  input.step = step;
  input.totalSteps = totalSteps;
  // A person who looks up the answer elsewhere finds the question still there.
  input.ignoreFocusOut = true;
  if (step !== undefined && step > 1) input.buttons = [vscode.QuickInputButtons.Back];
  return new Promise<StepAnswer<T>>((resolve) => {
    listen(resolve, held);
    held.add(
      input.onDidTriggerButton((button) => {
        if (button === vscode.QuickInputButtons.Back) resolve({ kind: 'back' });
      }),
    );
    held.add(
      input.onDidHide(() => {
        resolve({ kind: 'stop' });
      }),
    );
    input.show();
  }).finally(() => {
    held.dispose();
  });
}
