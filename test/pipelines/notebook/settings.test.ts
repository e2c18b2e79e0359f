import assert from "node:assert";
import { NOTEBOOK } from "../../../components/pipelines/notebook/settings";

const readNotebook = (value: Record<string, unknown>) => NOTEBOOK.read("notebook", value);

describe("the setting notebook", () => {
  it("gives the post's values for nothing", () => {
    const { value: fields, problems } = readNotebook({});
    assert.deepStrictEqual(problems, []);
    assert.deepStrictEqual(
      [fields.schedule, fields.categories, fields.fromDate, fields.toDate],
      ["0 * * * *", "Apparel,Automotive,Baby,Beauty,Books", "2015-08-25", "2015-08-31"],
    );
  });

  for (const [name, value] of [
    ["schedule", "hourly"],
    // It never comes due.
    ["schedule", "0 0 30 2 *"],
    ["inputLocation", "s3://bucket/reviews"],
    ["inputLocation", "https://host/reviews/"],
    ["categories", ""],
    ["categories", "Books, Baby"],
    ["fromDate", "2015-02-29"],
    ["toDate", "31.08.2015"],
    ["editorId", "find"],
    ["inputLocation", `s3://bucket/${"k".repeat(501)}/`],
    ["editorLocation", "s3://studio"],
    ["fileName", "/find.ipynb"],
    ["fileName", "find.py"],
    ["notebook", "find.ipynb"],
  ] as const) {
    it(`refuses ${name} ${JSON.stringify(value)}`, () => {
      assert.deepStrictEqual(
        readNotebook({ [name]: value }).problems.map((problem) => [problem.setting, problem.value]),
        [[`notebook.${name}`, value]],
      );
    });
  }

  it("refuses days in the wrong order, and takes a single one", () => {
    const range = (fromDate: string, toDate: string) =>
      readNotebook({ fromDate, toDate }).problems.map(({ setting }) => setting);
    assert.deepStrictEqual(range("2015-09-01", "2015-08-31"), ["notebook.fromDate"]);
    assert.deepStrictEqual(range("2016-02-29", "2016-02-29"), []);
  });

  it("takes a workspace with its place, and neither alone", () => {
    const editorId = "e-ABCDEFGHIJ0123456789";
    const editorLocation = "s3://studio/team/";
    for (const half of [{ editorId }, { editorLocation }]) {
      assert.deepStrictEqual(
        readNotebook(half).problems.map(({ setting }) => setting),
        ["notebook.editorLocation"],
      );
    }
    assert.deepStrictEqual(readNotebook({ editorId, editorLocation }).problems, []);
  });
});
