// Audits one page of a server on this machine with Lighthouse and prints its scores,
// 0 to 100, with what keeps each of them from 100:
//   node tools/pages/lighthouse.mjs http://127.0.0.1:8080/ [mobile|desktop] [least] [link]
// With a one-time link (khue user link LOGIN) it looks as whoever the link signs in.
// With a least score it looks up to three times, since other work on the machine
// slows a page down, and fails when none of the times reaches it.
import { existsSync } from 'node:fs';
import { launch } from 'chrome-launcher';
import lighthouse, { desktopConfig } from 'lighthouse';
import puppeteer from 'puppeteer-core';

const [address, form = 'desktop', least = '0', link = ''] = process.argv.slice(2);
const host = new URL(address).hostname;
if (host !== '127.0.0.1' && host !== 'localhost') {
  console.error(`${host} is not this machine`);
  process.exit(2);
}
const browser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

// signedIn are the cookies of the session that the link begins, as a browser keeps them.
async function signedIn() {
  const answer = await fetch(link, { redirect: 'manual' });
  const cookies = answer.headers.getSetCookie().map((c) => c.split(';')[0].split('='));
  if (answer.status !== 303 || cookies.length === 0) {
    console.error(`the link does not sign in: ${answer.status}`);
    process.exit(2);
  }
  return cookies.map(([name, value]) => ({ name, value, domain: host, path: '/', httpOnly: true }));
}
const cookies = link ? await signedIn() : [];

async function audit() {
  const chrome = await launch({
    chromePath: browser,
    chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage', '--no-proxy-server',
      '--disable-background-networking', '--disable-component-update', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
  });
  try {
    const browsing = await puppeteer.connect({ browserURL: `http://127.0.0.1:${chrome.port}` });
    await browsing.setCookie(...cookies);
    await browsing.disconnect();
    const options = { port: chrome.port, output: 'json', logLevel: 'error', onlyCategories: ['performance', 'accessibility', 'best-practices'] };
    const { lhr } = await lighthouse(address, options, form === 'desktop' ? desktopConfig : undefined);
    const scores = {};
    const short = [];
    for (const category of Object.values(lhr.categories)) {
      scores[category.id] = Math.round(100 * category.score);
      for (const { id, weight } of category.auditRefs) {
        const one = lhr.audits[id];
        if (weight > 0 && one.score !== null && one.score < 0.9) {
          short.push(`${category.id}: ${one.title}${one.displayValue ? ` (${one.displayValue})` : ''}`);
        }
      }
    }
    return { form, scores, short };
  } finally {
    chrome.kill();
  }
}

for (let time = 1; ; time++) {
  const found = await audit();
  console.log(JSON.stringify(found));
  if (Object.values(found.scores).every((score) => score >= Number(least))) { break; }
  if (time === 3) { process.exit(1); }
}
