// Makes static/vendor, the third-party files that pages load, out of node_modules:
// letters and licences as they are, the charting library with the kinds of chart
// that are used (charts/library.mjs), the editors of report texts (editor.mjs) and of SQL (sqleditor.mjs), the UI
// kit with the rules that pages can meet;
// with compressed twins beside those worth it. Run by `npm run vendor`, after `npm ci`.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, '..', 'node_modules');
const target = join(here, 'static', 'vendor');
const kit = join(modules, '@tabler/core/dist/css/tabler.min.css');

const fonts = ['latin', 'latin-ext', 'vietnamese'].flatMap((script) =>
  [400, 600, 700].map((weight) => `be-vietnam-pro-${script}-${weight}-normal.woff2`));

const copied = [
  ...fonts.map((name) => [`@fontsource/be-vietnam-pro/files/${name}`, name]),
  // Measured, not served: chart text in files is set in the pages' own letters,
  ['@expo-google-fonts/be-vietnam-pro/400Regular/BeVietnamPro_400Regular.ttf', 'be-vietnam-pro-400.ttf'],
  ['@expo-google-fonts/be-vietnam-pro/600SemiBold/BeVietnamPro_600SemiBold.ttf', 'be-vietnam-pro-600.ttf'],
  // and chart text on paper is set in Times New Roman's metrics.
  ['@expo-google-fonts/tinos/400Regular/Tinos_400Regular.ttf', 'tinos-400.ttf'],
  ['@expo-google-fonts/tinos/700Bold/Tinos_700Bold.ttf', 'tinos-700.ttf'],
  // PDF is set in the same letters, and queries in it in letters of one width.
  ['@expo-google-fonts/tinos/400Regular_Italic/Tinos_400Regular_Italic.ttf', 'tinos-400-italic.ttf'],
  ['@expo-google-fonts/tinos/700Bold_Italic/Tinos_700Bold_Italic.ttf', 'tinos-700-italic.ttf'],
  ['@expo-google-fonts/jetbrains-mono/400Regular/JetBrainsMono_400Regular.ttf', 'jetbrains-mono-400.ttf'],
  ['echarts/LICENSE', 'LICENSE-echarts.txt'],
  ['echarts/NOTICE', 'NOTICE-echarts.txt'],
  ['@fontsource/be-vietnam-pro/LICENSE', 'LICENSE-be-vietnam-pro.txt'],
  ['prosemirror-view/LICENSE', 'LICENSE-prosemirror.txt'],
  ['@codemirror/view/LICENSE', 'LICENSE-codemirror.txt'],
  ['swagger-ui-dist/LICENSE', 'LICENSE-swagger-ui.txt'],
  ['swagger-ui-dist/NOTICE', 'NOTICE-swagger-ui.txt'],
  ['swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt', 'LICENSE-swagger-ui-bundle.txt'],
];

const missing = [...copied.map(([from]) => join(modules, from)), kit, join(modules, 'echarts/core.js'), join(modules, 'prosemirror-view/dist/index.js'), join(modules, '@codemirror/view/dist/index.js'), join(modules, 'esbuild/lib/main.js'), ...['swagger-ui-bundle.js', 'swagger-ui.css'].map((name) => join(modules, 'swagger-ui-dist', name))]
  .filter((path) => !existsSync(path));
if (missing.length > 0) {
  console.error(`missing third-party files; run \`npm ci\` first:\n  ${missing.join('\n  ')}`);
  process.exit(1);
}

async function library(from, globalName) {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [from], bundle: true, minify: true, write: false,
    format: 'iife', globalName, target: 'es2017', legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  return outputFiles[0].text;
}

// A class that is put together from pieces is not found in the sources, so the widths
// of parts are named here; the test that walks over all pages holds the rest.
async function rules() {
  const { PurgeCSS } = await import('purgecss');
  const goFiles = readdirSync(here).filter((name) => name.endsWith('.go') && !name.endsWith('_test.go')).map((name) => join(here, name));
  const [{ css }] = await new PurgeCSS().purge({
    css: [kit], content: [join(here, 'templates/*.html'), join(here, 'static/*.js'), ...goFiles],
    safelist: { standard: ['html', 'body', ':root', /^col-lg-\d+$/] }, fontFace: true, keyframes: true,
  });
  return css;
}

function write(name, text) {
  const bytes = Buffer.from(text);
  writeFileSync(join(target, name), bytes);
  writeFileSync(join(target, `${name}.gz`), gzipSync(bytes, { level: 9 }));
  writeFileSync(join(target, `${name}.br`), brotliCompressSync(bytes));
}

const charts = await library(join(here, '..', 'charts', 'library.mjs'), 'echarts');
const editor = await library(join(here, 'editor.mjs'), 'proseMirror');
const sqlEditor = await library(join(here, 'sqleditor.mjs'), 'sqlEditor');
const looks = await rules();
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
copied.forEach(([from, name]) => copyFileSync(join(modules, from), join(target, name)));
write('echarts.min.js', charts);
write('editor.min.js', editor);
write('sqleditor.min.js', sqlEditor);
write('tabler.min.css', looks);
for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css']) {
  write(name, readFileSync(join(modules, 'swagger-ui-dist', name), 'utf8').replace(/^.*sourceMappingURL=.*$/m, ''));
}
console.log(`dashboards/static/vendor: ${copied.length} third-party files, charts ${Math.round(charts.length / 1024)} kB, editors ${Math.round(editor.length / 1024)} and ${Math.round(sqlEditor.length / 1024)} kB, looks ${Math.round(looks.length / 1024)} kB`);
