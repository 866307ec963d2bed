const plainLines = 5;

/**
 * The part of a plugin's last lines of stderr that says what happened, quoted for a message.
 *
 * @param tail oldest first; of a crash its error is picked, with the line of code that Node shows, as the stack below
 *   it would push both out
 */
export function formatLastWords(tail: readonly string[]): string {
  if (tail.length === 0) return 'it wrote nothing to stderr';
  const error = tail.findLastIndex((line) => /^(?:Uncaught )?\w*(?:Error|Exception)\b.*: |^panic: |^fatal error: /.test(line));
  const chosen = error === -1 ? tail.slice(-plainLines) : [...codeFrame(tail.slice(0, error)), tail[error]];
  return `last stderr: ${JSON.stringify(chosen.join('\n'))}`;
}

/** `file:///…/plugin.ts:8` and the lines from there; those of Node's own files explain nothing. */
function codeFrame(before: readonly string[]): string[] {
  const start = before.findLastIndex((line) => /^(?:file:|node:|\/|[A-Za-z]:\\).*:\d+$/.test(line));
  if (start === -1 || before[start]?.startsWith('node:')) return [];
  return before.slice(start).filter((line) => line.trim() !== '');
}
