// Writes the files of a folder into a C++ source that has them as serve::assets().
//
//   node embed_page.mjs FOLDER OUT.cc
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
};

function filesOf(folder, below = '') {
  return readdirSync(join(folder, below))
    .sort()
    .flatMap((name) => {
      const path = `${below}/${name}`;
      return statSync(join(folder, path)).isDirectory() ? filesOf(folder, path) : [path];
    });
}

const [folder, out] = process.argv.slice(2).map((path) => resolve(path));
const files = filesOf(folder);
if (!files.includes('/index.html')) throw new Error(`${folder} has no index.html`);

const labels = [];
const table = files.map((path, i) => {
  const type = types[extname(path)];
  if (!type) throw new Error(`${path}: embed_page.mjs knows no type for ${extname(path)}`);
  const size = readFileSync(join(folder, path)).length;
  labels.push(
    `asm(".section .rodata\\nopt_data_page_${i}: .incbin \\"${join(folder, path)}\\"\\n.byte 0\\n.previous");\n` +
      `extern const char page_${i}[] asm("opt_data_page_${i}");`);
  return `    {"${path}", "${type}", {page_${i}, ${size}}},`;
});
writeFileSync(out, `// Made by embed_page.mjs from what Vite built; do not edit.
#include "serve/assets.h"

${labels.join('\n')}

namespace opt_data::serve {

std::span<const Asset> assets() {
  static const Asset all[] = {
${table.join('\n')}
  };
  return all;
}

}  // namespace opt_data::serve
`);
