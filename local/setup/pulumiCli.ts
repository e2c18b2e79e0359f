import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";

import { PulumiCommand } from "@pulumi/pulumi/automation";
import { version as sdkVersion } from "@pulumi/pulumi/version";
import { SemVer } from "semver";

import { Home, ROOT } from "../home";
import { UserError, command } from "./steps";

const run = promisify(execFile);

/** Seconds that the official download may take before the CLI is built instead. */
const DOWNLOAD_SECONDS = 180;

/** The oldest Go that builds the CLI: the version its module asks for. */
const OLDEST_GO = "1.25.8";

/**
 * What the compiler optimizes: the engine, and what it encodes, sends and encrypts with. The rest, SDKs of clouds for the
 * most part, is half of the build and no part of what the laptop runs.
 */
const OPTIMIZED = [
  "std",
  "github.com/golang/...",
  "github.com/pulumi/...",
  "gocloud.dev/...",
  "golang.org/x/...",
  "google.golang.org/grpc/...",
  "google.golang.org/protobuf/...",
];

/** Where the official download puts the CLI, and the build too, so that both are found by one look. */
function installRoot(home: Home): string {
  return path.join(home.folder, "tools", "pulumi");
}

const version = () => new SemVer(sdkVersion);

/** The CLI on PATH or in the home, where its version fits the SDK's; undefined where there is none. */
export async function findPulumi(home: Home): Promise<PulumiCommand | undefined> {
  for (const root of [undefined, installRoot(home)]) {
    try {
      return await PulumiCommand.get({ version: version(), root });
    } catch {
      // Not there, or too old for the SDK: look on.
    }
  }
  return undefined;
}

/**
 * Brings the Pulumi CLI of the SDK's own version: the official download, or, where that cannot be reached, a
 * build of the Go module of that version.
 *
 * @throws UserError where neither works, with what to install.
 */
export async function bringPulumi(
  home: Home,
  log: string,
  note: (text: string) => void,
  signal?: AbortSignal,
): Promise<PulumiCommand> {
  const root = installRoot(home);
  note("official download");
  try {
    return await withTimeout(PulumiCommand.install({ version: version(), root }), DOWNLOAD_SECONDS);
  } catch (error) {
    fs.appendFileSync(log, `The official download failed: ${String(error)}\n`);
  }
  const go = await goVersion();
  if (go === undefined) {
    throw new UserError(
      `the Pulumi CLI ${sdkVersion} is not on PATH and could not be downloaded, and there is no Go to build ` +
        `it with. Install the Pulumi CLI ${sdkVersion} or newer, or Go ${OLDEST_GO} or newer, and run the ` +
        "command again.",
    );
  }
  note(`building it with ${go}, about three minutes`);
  const binary = path.join(root, "bin", "pulumi");
  const partial = `${binary}.partial`;
  fs.mkdirSync(path.dirname(binary), { recursive: true });
  await command(
    "go",
    [
      ...["build", "-trimpath", "-o", partial],
      // What a debugger would need is left out when the binary is linked.
      "-gcflags=all=-N -l -dwarf=false",
      ...OPTIMIZED.map((packages) => `-gcflags=${packages}=-dwarf=false`),
      `-ldflags=-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${sdkVersion}`,
      "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    ],
    { log, cwd: path.join(ROOT, "local", "setup", "pulumi-cli"), env: goEnvironment(), signal },
  );
  fs.renameSync(partial, binary);
  return PulumiCommand.get({ version: version(), root });
}

/** The C compiler is not needed, and the checkout may have no version control for the build to read. */
function goEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -buildvcs=false" };
}

async function goVersion(): Promise<string | undefined> {
  try {
    return (await run("go", ["version"])).stdout.trim();
  } catch {
    return undefined;
  }
}

async function withTimeout<T>(work: Promise<T>, seconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    clearTimeout(timer);
  }
}
