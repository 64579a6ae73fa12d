// Waits until the program that was just started is ready and its first page
// shows charts; gives up after that many seconds.
//
//   node .ci/start.mjs http://127.0.0.1:8080 300
const [base, seconds] = [process.argv[2], Number(process.argv[3])];
const end = Date.now() + seconds * 1000;

async function ask(path) {
  try {
    const answer = await fetch(base + path, { signal: AbortSignal.timeout(10_000) });
    return { status: answer.status, text: await answer.text() };
  } catch (e) {
    return { status: 0, text: String(e.cause ?? e) };
  }
}

async function until(what, path, holds) {
  let last;
  while (Date.now() < end) {
    last = await ask(path);
    if (holds(last)) {
      console.log(`${what}: ok`);
      return;
    }
    await new Promise((wake) => setTimeout(wake, 500));
  }
  console.error(`${what}: not within ${seconds} s; ${path} last answered ${last?.status}: ${last?.text.slice(0, 300)}`);
  process.exit(1);
}

await until('alive', '/healthz', (a) => a.status === 200);
await until('ready', '/readyz', (a) => a.status === 200);
await until('first page', '/', (a) => a.status === 200 && a.text.includes('<html') && a.text.includes('echarts'));
await until('metrics', '/metrics', (a) => a.status === 200 && a.text.includes('go_goroutines'));
