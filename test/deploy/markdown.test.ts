import assert from "node:assert/strict";

import fc from "fast-check";

import { codeBlock, inline, shorten } from "../../deploy/ci/markdown";

/** Texts as a command prints them, and worse. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc
    .array(fc.constantFrom("```", "`", "\n", "~~~", "</details>", "@team", "line", "😀"), {
      maxLength: 80,
    })
    .map((parts) => parts.join("")),
);

describe("shortened text", () => {
  it("is never longer than its room, and is whole where it fits", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 80, max: 400 }), (given, room) => {
        const got = shorten(given, room);
        assert.ok(got.length <= room, `${got.length} > ${room}`);
        if (given.length <= room) {
          assert.equal(got, given);
        }
      }),
    );
  });

  it("keeps begin and end, most of it the end, in whole lines", () => {
    const lines = Array.from({ length: 1000 }, (_, index) => `line ${index}`);
    const [head, note, tail] = shorten(lines.join("\n"), 2000).split(/\n(…[^\n]*…)\n/);
    assert.ok(lines.join("\n").startsWith(`${head}\n`));
    assert.ok(lines.join("\n").endsWith(`\n${tail}`));
    assert.ok(tail.length > 3 * head.length);
    const left = lines.join("\n").length - head.length - tail.length;
    assert.ok(note.includes(` ${left} characters left out`), note);
  });
});

describe("a block of code", () => {
  /** What a reader of Markdown takes for the block: CommonMark's rule for fences of backticks. */
  const contentOf = (markdown: string): { content: string; rest: string } => {
    const [opening, ...lines] = markdown.split("\n");
    const fence = /^`{3,}/.exec(opening)?.[0].length ?? 0;
    assert.ok(fence > 0, markdown);
    const end = lines.findIndex((line) => {
      const closing = /^ {0,3}(`{3,})[ \t]*$/.exec(line);
      return closing !== null && closing[1].length >= fence;
    });
    assert.ok(end >= 0, "the block does not end");
    return { content: lines.slice(0, end).join("\n"), rest: lines.slice(end + 1).join("\n") };
  };

  it("holds whatever text it is given, and nothing of it gets out", () => {
    fc.assert(
      fc.property(text, (given) => {
        const { content, rest } = contentOf(codeBlock(given, 10_000));
        assert.equal(content, given.trimEnd());
        assert.equal(rest, "");
      }),
    );
  });

  it("is never longer than its room, not even for backticks alone", () => {
    for (const given of ["`".repeat(70_000), "`\n".repeat(40_000), "x".repeat(70_000)]) {
      const block = codeBlock(given, 1000);
      assert.ok(block.length <= 1000);
      assert.ok(block.length > 300);
      assert.equal(contentOf(block).rest, "");
    }
  });
});

describe("text within a line", () => {
  it("has nothing that means something in Markdown or HTML", () => {
    const shown = inline("a | b\n<img src=x> @team [x](y) `c` **d** & #1");
    assert.doesNotMatch(shown.replace(/&#\d+;/g, ""), /[|<>@[\]()`*&#\n]/);
    assert.equal(
      shown.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))),
      "a | b <img src=x> @team [x](y) `c` **d** & #1",
    );
  });
});
