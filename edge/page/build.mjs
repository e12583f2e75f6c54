/** Bundles the page: node build.mjs writes ../facedoor/dashboard/static/, or --output DIR. */

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { iconPng, iconSvg } from "./icons.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const chosen = process.argv.indexOf("--output");
const output = chosen > 0 ? process.argv[chosen + 1] : join(here, "../facedoor/dashboard/static");

/** Names of what is written, by what it is: each has a hash of its content, so it can be cached for ever. */
const names = {};

function write(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8);
  const hashed = `${basename(name, extname(name))}-${hash}${extname(name)}`;
  writeFileSync(join(output, hashed), content);
  names[name] = `/static/${hashed}`;
  return names[name];
}

mkdirSync(output, { recursive: true });

const bundled = await build({
  absWorkingDir: here,
  entryPoints: { app: "src/app.tsx" },
  outdir: output,
  bundle: true,
  format: "iife",
  minify: true,
  target: ["chrome125", "firefox130", "safari17.5"],
  charset: "utf8",
  legalComments: "none",
  write: false,
  metafile: true,
  logLevel: "warning",
});
for (const { path, contents } of bundled.outputFiles) write(basename(path), contents);

write("icon.svg", iconSvg());
const icons = [192, 512].flatMap((size) => [
  { src: write(`icon-${size}.png`, iconPng(size)), sizes: `${size}x${size}`, type: "image/png" },
  {
    src: write(`maskable-${size}.png`, iconPng(size, { maskable: true })),
    sizes: `${size}x${size}`,
    type: "image/png",
    purpose: "maskable",
  },
]);
write("touch.png", iconPng(180, { maskable: true }));
const manifest = {
  name: "facedoor",
  short_name: "facedoor",
  start_url: "/",
  scope: "/",
  display: "standalone",
  background_color: "#f5f5f8",
  theme_color: "#f5f5f8",
  icons: [{ src: names["icon.svg"], sizes: "any", type: "image/svg+xml" }, ...icons],
};
write("facedoor.webmanifest", JSON.stringify(manifest, null, 1));

const page = readFileSync(join(here, "index.html"), "utf8").replaceAll(
  /\{\{([\w.-]+)\}\}/g,
  (_, name) => names[name] ?? fail(name),
);
writeFileSync(join(output, "index.html"), page);

// Only now: a page that is being served at this moment still finds what it names.
const made = new Set(["index.html", ...Object.values(names).map((path) => basename(path))]);
for (const name of readdirSync(output)) if (!made.has(name)) rmSync(join(output, name), { recursive: true });

function fail(name) {
  throw new Error(`index.html names ${name}, and the build makes ${Object.keys(names).join(", ")}`);
}

const bytes = readdirSync(output).map((name) => readFileSync(join(output, name)).length);
console.log(`${bytes.length} files, ${Math.round(bytes.reduce((a, b) => a + b, 0) / 1024)} kB in ${output}`);
