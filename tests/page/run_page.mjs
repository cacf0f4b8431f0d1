// Run the worker of the finished page in Node.js: archives are lines of standard input, reports are lines of JSON.

import { webcrypto as crypto } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import vm from "node:vm";

const html = await readFile(process.argv[2], "utf8");
const inside = (id) => html.match(new RegExp(`<script type="text/plain" id="${id}">([^]*?)</script>`))[1].replaceAll("<\\/script", "</script");
const wasm = Uint8Array.from(Buffer.from(inside("core"), "base64"));

/** Only what a browser's worker has; nothing that could open a connection. */
function worker() {
  let answer;
  const self = { postMessage: (message) => message.kind !== "progress" && answer(message) };
  const context = vm.createContext({ self, WebAssembly, Uint8Array, ArrayBuffer, TextDecoder, TextEncoder, crypto, btoa, atob, Blob, console });
  vm.runInContext(inside("worker"), context);
  return (data) => new Promise((resolve) => {
    answer = resolve;
    self.onmessage({ data });
  });
}

for await (const path of createInterface({ input: process.stdin })) {
  const archive = new Blob([await readFile(path)]);
  const beside = await readFile(join(dirname(path), "supplement", "decryptions.json")).catch(() => null);
  const proofs = beside && new Blob([beside]);
  console.log(JSON.stringify({ path, ...(await worker()({ wasm, archive, strong: proofs })) }));
}
