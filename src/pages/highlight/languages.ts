import type { LanguageRegistration } from 'shiki/core';

/**
 * The languages that code in chats is highlighted in: the common ones, since each grammar is weight
 * in the product. Others are shown plain.
 */
export const LANGUAGES: Readonly<
  Record<string, () => Promise<{ default: LanguageRegistration[] }>>
> = {
  c: async () => import('shiki/langs/c.mjs'),
  clojure: async () => import('shiki/langs/clojure.mjs'),
  cpp: async () => import('shiki/langs/cpp.mjs'),
  csharp: async () => import('shiki/langs/csharp.mjs'),
  css: async () => import('shiki/langs/css.mjs'),
  dart: async () => import('shiki/langs/dart.mjs'),
  diff: async () => import('shiki/langs/diff.mjs'),
  docker: async () => import('shiki/langs/docker.mjs'),
  elixir: async () => import('shiki/langs/elixir.mjs'),
  go: async () => import('shiki/langs/go.mjs'),
  haskell: async () => import('shiki/langs/haskell.mjs'),
  html: async () => import('shiki/langs/html.mjs'),
  ini: async () => import('shiki/langs/ini.mjs'),
  java: async () => import('shiki/langs/java.mjs'),
  javascript: async () => import('shiki/langs/javascript.mjs'),
  json: async () => import('shiki/langs/json.mjs'),
  jsonc: async () => import('shiki/langs/jsonc.mjs'),
  jsx: async () => import('shiki/langs/jsx.mjs'),
  kotlin: async () => import('shiki/langs/kotlin.mjs'),
  lua: async () => import('shiki/langs/lua.mjs'),
  make: async () => import('shiki/langs/make.mjs'),
  markdown: async () => import('shiki/langs/markdown.mjs'),
  perl: async () => import('shiki/langs/perl.mjs'),
  php: async () => import('shiki/langs/php.mjs'),
  powershell: async () => import('shiki/langs/powershell.mjs'),
  python: async () => import('shiki/langs/python.mjs'),
  r: async () => import('shiki/langs/r.mjs'),
  ruby: async () => import('shiki/langs/ruby.mjs'),
  rust: async () => import('shiki/langs/rust.mjs'),
  scala: async () => import('shiki/langs/scala.mjs'),
  scss: async () => import('shiki/langs/scss.mjs'),
  shellscript: async () => import('shiki/langs/shellscript.mjs'),
  sql: async () => import('shiki/langs/sql.mjs'),
  swift: async () => import('shiki/langs/swift.mjs'),
  toml: async () => import('shiki/langs/toml.mjs'),
  tsx: async () => import('shiki/langs/tsx.mjs'),
  typescript: async () => import('shiki/langs/typescript.mjs'),
  xml: async () => import('shiki/langs/xml.mjs'),
  yaml: async () => import('shiki/langs/yaml.mjs'),
};

/** The name of one of these by what people write after a fence, or the editor calls it. */
export function languageNamed(name: string): string | undefined {
  const lower = name.trim().toLowerCase();
  const known = Object.hasOwn(ALIASES, lower) ? ALIASES[lower] : lower;
  return known !== undefined && Object.hasOwn(LANGUAGES, known) ? known : undefined;
}

const ALIASES: Readonly<Record<string, string>> = {
  bash: 'shellscript',
  'c#': 'csharp',
  'c++': 'cpp',
  cc: 'cpp',
  clj: 'clojure',
  cs: 'csharp',
  dockerfile: 'docker',
  ex: 'elixir',
  golang: 'go',
  h: 'c',
  hpp: 'cpp',
  hs: 'haskell',
  htm: 'html',
  javascriptreact: 'jsx',
  js: 'javascript',
  json5: 'jsonc',
  kt: 'kotlin',
  makefile: 'make',
  md: 'markdown',
  mjs: 'javascript',
  patch: 'diff',
  pl: 'perl',
  properties: 'ini',
  ps1: 'powershell',
  py: 'python',
  rb: 'ruby',
  rs: 'rust',
  sh: 'shellscript',
  shell: 'shellscript',
  svg: 'xml',
  ts: 'typescript',
  typescriptreact: 'tsx',
  yml: 'yaml',
  zsh: 'shellscript',
};
