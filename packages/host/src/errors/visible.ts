/** Text that a plugin wrote, or part of it: no character may steer a terminal, but ends of lines and tabs stay. */
export function visible(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
