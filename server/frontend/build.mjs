// Bundles our scripts and styles, and gathers the licences of everything that went in.
import { build } from 'esbuild';
import fs from 'node:fs';
import path from 'node:path';

const out = process.argv[2] ?? '../firstline/ui/static/firstline';

const { metafile } = await build({
  entryPoints: { app: 'js/app.js', viewer: 'js/viewer.js', decisions: 'js/decisions.js', firstline: 'css/firstline.css' },
  outdir: out,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  loader: { '.svg': 'file', '.woff2': 'file', '.woff': 'file', '.ttf': 'file', '.eot': 'file' },
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
});

fs.cpSync('static', out, { recursive: true });

const bundled = new Set();
for (const input of Object.keys(metafile.inputs)) {
  const names = [...input.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)/g)];
  if (names.length) bundled.add(names.at(-1)[1]);
}

let licences = '';
for (const name of [...bundled].sort()) {
  const folder = path.join('node_modules', name);
  const about = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  licences += `${about.name} ${about.version} (${about.license ?? 'see text'})\n`;
  for (const file of fs.readdirSync(folder)) {
    if (/^(licen[cs]e|copying)/i.test(file)) licences += fs.readFileSync(path.join(folder, file), 'utf8') + '\n';
  }
  licences += '\n';
}
fs.writeFileSync(path.join(out, 'THIRD-PARTY-LICENSES.txt'), licences);
