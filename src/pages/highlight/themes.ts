import type { ThemeInput, ThemeRegistrationAny } from 'shiki/core';
import * as v from 'valibot';

export type ThemeKind = 'light' | 'dark' | 'highContrast' | 'highContrastLight';

/** Stands in where the editor's theme is not known: the editor's own defaults, or the nearest. */
export const DEFAULT_THEMES: Readonly<
  Record<ThemeKind, { readonly name: string; readonly load: () => ThemeInput }>
> = {
  light: { name: 'light-plus', load: () => import('shiki/themes/light-plus.mjs') },
  dark: { name: 'dark-plus', load: () => import('shiki/themes/dark-plus.mjs') },
  highContrast: {
    name: 'github-dark-high-contrast',
    load: () => import('shiki/themes/github-dark-high-contrast.mjs'),
  },
  highContrastLight: {
    name: 'github-light-high-contrast',
    load: () => import('shiki/themes/github-light-high-contrast.mjs'),
  },
};

/**
 * The theme of an editor as shiki takes it, or none when the file is no theme. Colours that are not
 * written as hex digits are left out: they end up in the page's styles.
 */
export function themeFrom(
  json: unknown,
  kind: ThemeKind,
  name: string,
): ThemeRegistrationAny | undefined {
  const parsed = v.safeParse(THEME, json);
  if (!parsed.success) return undefined;
  const { tokenColors, colors } = parsed.output;
  const isDark = kind === 'dark' || kind === 'highContrast';
  return {
    name,
    type: isDark ? 'dark' : 'light',
    colors: Object.fromEntries(
      Object.entries(colors).filter((entry): entry is [string, string] => isColor(entry[1])),
    ),
    settings: tokenColors.map(({ scope, settings }) => ({
      ...(scope === undefined ? {} : { scope }),
      settings: {
        ...(isColor(settings.foreground) ? { foreground: settings.foreground } : {}),
        ...(settings.fontStyle === undefined ? {} : { fontStyle: settings.fontStyle }),
      },
    })),
  };
}

const THEME = v.object({
  colors: v.optional(v.record(v.string(), v.unknown()), {}),
  tokenColors: v.array(
    v.object({
      scope: v.optional(v.union([v.string(), v.array(v.string())])),
      settings: v.object({
        foreground: v.optional(v.string()),
        fontStyle: v.optional(v.string()),
      }),
    }),
  ),
});

function isColor(value: unknown): value is string {
  return typeof value === 'string' && /^#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.test(value);
}
