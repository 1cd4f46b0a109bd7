import * as vscode from 'vscode';
import type { CodePiece } from '../../bridge/chatPage';
import type { Session } from '../session';
import { showBriefly } from '../views/messages';
import type { ChatOnlyRequests } from './chatShapes';
import { checkedLink } from './checkedLink';
import { editorLanguage } from './editorLanguage';
import type { Highlighting } from './highlighting';
import { openCode } from './openCode';
import type { Answers } from './pageBridge';
import type { RecentEditor } from './recentEditor';
import { refusals } from './refusals';

export type EditorRequests = Pick<
  ChatOnlyRequests,
  'openCode' | 'openLink' | 'copy' | 'insertAtCursor' | 'openAsFile' | 'highlight'
>;

export interface EditorParts {
  readonly session: Session;
  readonly recentEditor: RecentEditor;
  readonly highlighting: Highlighting;
}

/** Messages around the one that is clicked: the engine finds it among them. */
const AROUND = 10;

/** What leads out of a chat into the editor. Each follows a click, and opens nothing by itself. */
export function editorAnswers(
  kid: string,
  { session, recentEditor, highlighting }: EditorParts,
): Answers<EditorRequests> {
  return {
    openCode: async ({ messageId }) => {
      const { messages } = await session
        .engine()
        .messages({ kid, limit: AROUND, around: messageId });
      const body = messages.find((message) => message.messageId === messageId)?.body;
      if (body?.kind !== 'code') throw refusals.messageGone();
      await openCode(body);
      return null;
    },
    openLink: async ({ href }) => {
      await vscode.env.openExternal(vscode.Uri.parse(checkedLink(href), true));
      return null;
    },
    copy: async ({ text }) => {
      await vscode.env.clipboard.writeText(text);
      showBriefly('Copied.');
      return null;
    },
    insertAtCursor: async ({ text }) => {
      const editor = await recentEditor.show();
      if (editor === undefined) throw refusals.noEditor();
      await editor.edit((edit) => {
        for (const selection of editor.selections) edit.replace(selection, text);
      });
      return null;
    },
    openAsFile: async ({ text, language }) => {
      const known = await vscode.languages.getLanguages();
      const named = language === undefined ? undefined : editorLanguage(language, known);
      const document = await vscode.workspace.openTextDocument({
        content: text,
        ...(named !== undefined && { language: named }),
      });
      await vscode.window.showTextDocument(document);
      return null;
    },
    highlight: ({ text, language }): Promise<readonly (readonly CodePiece[])[]> =>
      highlighting.pieces(text, language),
  };
}
