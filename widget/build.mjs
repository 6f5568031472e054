/**
 * Builds dist/: deskbell.js (the loader), widget.js and one file per language.
 * esbuild bundles, terser minifies (4 % smaller). Prints the sizes and fails over the caps.
 */

import { build } from "esbuild";
import { createHash } from "node:crypto";
import { rm, writeFile, mkdir } from "node:fs/promises";
import { basename } from "node:path";
import { minify } from "terser";
import { brotliCompressSync, gzipSync } from "node:zlib";

const LOADER_CAP = 1_536;
const TOTAL_CAP = 12_288;
const OFFICIAL_CLIENT_SHARE = 0.2;

/**
 * Names that only the widget's own parts use among themselves, shortened: they save 180 B. Not for what is stored, sent, said to the
 * page, part of the DOM, or reached by a computed name.
 */
const OWN_NAMES = [
  "ask", "bell", "connected", "current", "expire", "forget", "hasGap", "heard", "hello", "inChat", "joined", "keep", "known",
  "leaveChat", "leaves", "left", "listen", "look", "mark", "messages", "node", "nudge", "panel", "patient", "queue",
  "queued", "read", "reconnecting", "refused", "retry", "ringingMore", "ringingSince", "saved", "say", "says", "seen", "sent",
  "since", "start", "stop", "thanks", "token", "typing", "unlisten", "update", "you",
];

const shared = {
  bundle: true,
  minify: true,
  target: "es2022",
  legalComments: "none",
  charset: "utf8",
  write: false,
  logLevel: "warning",
  plugins: [{ name: "style-sheets-as-text", setup: minifyStyleSheets }],
};

/** Gives style sheets to the code as minified text. */
function minifyStyleSheets({ onLoad }) {
  onLoad({ filter: /\.css$/ }, async ({ path }) => {
    const css = await build({ entryPoints: [path], minify: true, write: false, target: "chrome123" });
    return { contents: css.outputFiles[0].text.trim(), loader: "text" };
  });
}

const files = (built) => built.outputFiles.map(({ path, contents }) => ({ name: basename(path), contents }));

async function smaller({ name, contents }) {
  const { code } = await minify(Buffer.from(contents).toString(), {
    ecma: 2020, module: true, compress: { passes: 3, ecma: 2020, unsafe_arrows: true, reduce_funcs: false }, format: { comments: false },
  });
  return { name, contents: Buffer.from(code) };
}

const ours = async (built) => Promise.all(files(built).map(smaller));

async function buildWidget() {
  return ours(await build({
    ...shared, entryPoints: { widget: "src/index.ts" }, format: "esm", splitting: true, outdir: "dist", chunkNames: "[name]-[hash]",
    mangleProps: new RegExp(`^(${OWN_NAMES.join("|")})$`),
  }));
}

async function buildLoader(version) {
  return ours(await build({
    ...shared, entryPoints: { deskbell: "src/loader.ts" }, format: "iife", outdir: "dist",
    define: { BUILD: JSON.stringify(version) },
  }));
}

/** The whole official client, bundled the same way, as the measure. */
async function buildOfficialClient() {
  const [client] = files(await build({
    ...shared, format: "esm", outfile: "official.js",
    stdin: { contents: 'export { createClient } from "@supabase/supabase-js"', resolveDir: "." },
  }));
  return { ...client, name: "(supabase-js)" };
}

const gzip = ({ contents }) => gzipSync(contents, { level: 9 }).length;

function print(file) {
  const sizes = [file.contents.length, gzip(file), brotliCompressSync(file.contents).length];
  console.log(file.name.padEnd(22) + sizes.map((size) => size.toLocaleString("en").padStart(10)).join(""));
}

function check(what, size, cap) {
  const fits = size <= cap;
  console.log(`${fits ? "ok  " : "OVER"} ${what}: ${size.toLocaleString("en")} of ${Math.floor(cap).toLocaleString("en")} B gzip`);
  if (!fits) process.exitCode = 1;
}

const widget = await buildWidget();
const version = createHash("sha256").update(Buffer.concat(widget.map(({ contents }) => contents))).digest("hex").slice(0, 8);
const [loader] = await buildLoader(version);
const official = await buildOfficialClient();

await rm("dist", { recursive: true, force: true });
await mkdir("dist");
for (const { name, contents } of [loader, ...widget]) await writeFile(`dist/${name}`, contents);

console.log("file".padEnd(22) + ["raw", "gzip", "brotli"].map((word) => word.padStart(10)).join(""));
for (const file of [loader, ...widget, official]) print(file);
const total = gzip(loader) + gzip(widget.find(({ name }) => name === "widget.js"));
check("loader", gzip(loader), LOADER_CAP);
check("loader, chat, style and English", total, TOTAL_CAP);
check(`the same, as ${OFFICIAL_CLIENT_SHARE} of supabase-js`, total, gzip(official) * OFFICIAL_CLIENT_SHARE);
