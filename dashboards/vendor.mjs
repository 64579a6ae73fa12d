// Copies the third-party files that pages load out of node_modules, with
// compressed twins beside those worth it. Run by `npm run vendor`, after `npm ci`.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, '..', 'node_modules');
const target = join(here, 'static', 'vendor');

const fonts = ['latin', 'latin-ext', 'vietnamese'].flatMap((script) =>
  [400, 500, 600, 700].map((weight) => `be-vietnam-pro-${script}-${weight}-normal.woff2`));

const files = [
  ['echarts/dist/echarts.min.js', 'echarts.min.js'],
  ['@tabler/core/dist/css/tabler.min.css', 'tabler.min.css'],
  ...fonts.map((name) => [`@fontsource/be-vietnam-pro/files/${name}`, name]),
  // Measured, not served: chart text in files is set in the pages' own letters,
  ['@expo-google-fonts/be-vietnam-pro/400Regular/BeVietnamPro_400Regular.ttf', 'be-vietnam-pro-400.ttf'],
  ['@expo-google-fonts/be-vietnam-pro/600SemiBold/BeVietnamPro_600SemiBold.ttf', 'be-vietnam-pro-600.ttf'],
  // and chart text on paper is set in Times New Roman's metrics.
  ['@expo-google-fonts/tinos/400Regular/Tinos_400Regular.ttf', 'tinos-400.ttf'],
  ['@expo-google-fonts/tinos/700Bold/Tinos_700Bold.ttf', 'tinos-700.ttf'],
  ['echarts/LICENSE', 'LICENSE-echarts.txt'],
  ['echarts/NOTICE', 'NOTICE-echarts.txt'],
  ['@fontsource/be-vietnam-pro/LICENSE', 'LICENSE-be-vietnam-pro.txt'],
];

const missing = files.map(([from]) => join(modules, from)).filter((path) => !existsSync(path));
if (missing.length > 0) {
  console.error(`missing third-party files; run \`npm ci\` first:\n  ${missing.join('\n  ')}`);
  process.exit(1);
}
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const [from, name] of files) {
  const source = join(modules, from);
  copyFileSync(source, join(target, name));
  if (/\.(js|css)$/.test(name)) {
    const text = readFileSync(source);
    writeFileSync(join(target, `${name}.gz`), gzipSync(text, { level: 9 }));
    writeFileSync(join(target, `${name}.br`), brotliCompressSync(text));
  }
}
console.log(`dashboards/static/vendor: ${files.length} third-party files`);
