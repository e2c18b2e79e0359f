import assert from "node:assert/strict";

import { send, signed } from "./calls";
import { demo } from "../demoStack";

const MIB = 1024 * 1024;

/** As many MiB of blanks in parts of one, and one byte more. */
function moreThan(mib: number): Buffer[] {
  return [...Array<Buffer>(mib).fill(Buffer.alloc(MIB, " ")), Buffer.alloc(1, " ")];
}

describe("a body over the limit is refused", () => {
  const airflow = {
    method: "POST",
    path: "/auth/token",
    headers: { "Content-Type": "application/json" },
  };

  /** A signed upload of a body that the signature says nothing of. */
  const upload = () =>
    signed(
      "s3",
      {
        method: "PUT",
        path: "/security-tests/large",
        headers: { "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD" },
      },
      demo.secrets(),
    );

  it("by the local cloud, when it is announced", async () => {
    const call = upload();
    const headers = { ...call.headers, "Content-Length": String(512 * MIB + 1) };
    const { status, body } = await send(demo.ports.cloud, { ...call, headers, body: [] });
    assert.equal(status, 413);
    assert.match(body, /limit/);
  });

  it("by the local cloud, when it is not announced", async () => {
    const { status, body } = await send(demo.ports.cloud, { ...upload(), body: moreThan(512) });
    assert.equal(status, 413, body);
    assert.match(body, /limit/);
  });

  it("by Airflow, when it is announced", async () => {
    const headers = { ...airflow.headers, "Content-Length": String(16 * MIB + 1) };
    const { status, body } = await send(demo.ports.airflow, { ...airflow, headers, body: [] });
    assert.equal(status, 413);
    assert.match(body, /limit/);
  });

  it("by Airflow, when it is not announced, and one at the limit is not", async () => {
    const { status, body } = await send(demo.ports.airflow, { ...airflow, body: moreThan(16) });
    assert.equal(status, 413, body);
    assert.match(body, /limit/);
    // It is read, as an object without the names that it has to have.
    const atLimit = [Buffer.from("{}".padEnd(MIB)), ...moreThan(15).slice(0, 15)];
    const at = await send(demo.ports.airflow, { ...airflow, body: atLimit });
    assert.equal(at.status, 422, at.body);
  });
});
