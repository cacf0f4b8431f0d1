// Verify archives from the command line: what the page does, in Node.js.

import { open, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ArchiveCheck } from "./archive.mjs";
import { Core } from "./core.mjs";

async function fileSource(path) {
  const { size } = await stat(path);
  const file = await open(path);
  return { size, async read(at, length) {
    const bytes = new Uint8Array(length);
    await file.read(bytes, 0, length, at);
    return bytes;
  }, close: () => file.close() };
}

const wasm = await readFile(new URL("../core.wasm", import.meta.url));
for (const path of process.argv.slice(2)) {
  const source = await fileSource(path);
  const strong = await readFile(join(dirname(path), "supplement", "decryptions.json")).catch(() => null);
  const check = await new ArchiveCheck(await Core.load(wasm), { strong }).run(source);
  await source.close();
  console.log(JSON.stringify({ path, findings: check.findings, told: check.told, ballots: check.ballots }));
}
