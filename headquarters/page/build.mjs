// Put the page together: one HTML file with its script, its worker and the compiled core inside.

import { createHash } from "node:crypto";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const here = (name) => new URL(name, import.meta.url);

async function bundle(entry) {
  const made = await build({
    entryPoints: [here(entry).pathname], bundle: true, format: "iife", target: "es2022", minify: true, write: false,
    legalComments: "inline", charset: "utf8",
  });
  return made.outputFiles[0].text.replaceAll("</script", "<\\/script").trim();
}

const sha = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** SHA-256 over all that the page is made of, by name: a test compares it with what lies in the repository. */
async function sources() {
  const names = ["../../crypto/_core/core.c", "build.mjs", "package-lock.json", ...(await readdir(here("src"))).sort().map((name) => `src/${name}`)];
  const hash = createHash("sha256");
  for (const name of names) hash.update(`${name}\0`).update(createHash("sha256").update(await readFile(here(name))).digest());
  return hash.digest("hex");
}

const css = (await readFile(here("src/page.css"), "utf8")).trim();
const page = await bundle("src/page.mjs");
const parts = {
  css, page, worker: await bundle("src/worker.mjs"), core: (await readFile(here("core.wasm"))).toString("base64"),
  sources: await sources(), script: sha(page), style: sha(css),
};
const html = (await readFile(here("src/page.html"), "utf8")).replace(/\{(\w+)\}/g, (_, name) => parts[name]);
await writeFile(here("verify.html"), html);
console.log(createHash("sha256").update(html).digest("hex"));
