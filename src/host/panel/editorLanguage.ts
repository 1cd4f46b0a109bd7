/** What people write behind a fence, where the editor calls it otherwise. */
const aliases: Readonly<Record<string, string>> = {
  ts: 'typescript',
  tsx: 'typescriptreact',
  js: 'javascript',
  jsx: 'javascriptreact',
  py: 'python',
  rb: 'ruby',
  rs: 'rust',
  cs: 'csharp',
  'c++': 'cpp',
  sh: 'shellscript',
  bash: 'shellscript',
  zsh: 'shellscript',
  shell: 'shellscript',
  yml: 'yaml',
  md: 'markdown',
  ps1: 'powershell',
  docker: 'dockerfile',
};

/** The editor's own id of a language, or undefined for one that it does not know. */
export function editorLanguage(written: string, known: readonly string[]): string | undefined {
  const lower = written.toLowerCase();
  const meant = Object.hasOwn(aliases, lower) ? aliases[lower] : lower;
  return known.find((id) => id.toLowerCase() === meant);
}
