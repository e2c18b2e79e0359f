/**
 * The longest comment or issue that GitHub takes, in characters. More is answered with 422 "body is too long
 * (maximum is 65536 characters)".
 */
export const LONGEST_BODY = 65_536;

/** How much of the room of a shortened text goes to its end, where the CLI says what matters. */
const SHARE_OF_END = 0.8;

/** A longer fence would leave no room for what is in the block. */
const LONGEST_FENCE = 20;

/**
 * Text in a block of its own, of at most so many characters, in which nothing counts as Markdown, HTML or a
 * mention: the fence is longer than any that the text has.
 */
export function codeBlock(text: string, room: number): string {
  const ticks = (of: string) => Math.max(2, ...[...of.matchAll(/`+/g)].map(([run]) => run.length));
  const fenceable = ticks(text) < LONGEST_FENCE ? text : text.replaceAll("`", "'");
  const fence = "`".repeat(ticks(fenceable) + 1);
  const [begin, end] = [`${fence}text\n`, `\n${fence}`];
  return `${begin}${shorten(fenceable.trimEnd(), room - begin.length - end.length)}${end}`;
}

/**
 * A text of at most so many characters: where it is longer, its middle is left out, and a line says how much of
 * it. Lines stay whole where they fit.
 */
export function shorten(text: string, room: number): string {
  if (text.length <= room) {
    return text;
  }
  const note = (left: number) => `\n… ${left} characters left out; the log of the run has them …\n`;
  // As long as the note can become.
  const rest = Math.max(0, room - note(text.length).length);
  const tailRoom = Math.floor(rest * SHARE_OF_END);
  const head = wholeLines(text.slice(0, rest - tailRoom), "start");
  const tail = wholeLines(tailRoom === 0 ? "" : text.slice(-tailRoom), "end");
  return `${head}${note(text.length - head.length - tail.length)}${tail}`;
}

/** A part of a text without the line that was cut, unless there is no other. */
function wholeLines(part: string, of: "start" | "end"): string {
  const cut = of === "start" ? part.lastIndexOf("\n") : part.indexOf("\n");
  if (cut < 0) {
    // A character outside the basic plane has two halves, which mean nothing alone.
    return of === "start"
      ? part.replace(/[\ud800-\udbff]$/, "")
      : part.replace(/^[\udc00-\udfff]/, "");
  }
  return of === "start" ? part.slice(0, cut) : part.slice(cut + 1);
}

/** Text for one line of Markdown, in which nothing of it counts as Markdown, HTML or a mention. */
export function inline(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[\\`*_{}[\]<>()#+!|~@&-]/g, (character) => `&#${character.charCodeAt(0)};`);
}
