// Keeps an open page up to date, calmly: when the facts have changed, the page
// fetches itself and exchanges only the parts that differ. What is open stays
// open, what has the focus keeps it, and nothing moves under the reader's eyes.
(function () {
  'use strict';

  var body, state, source = null, timer = 0, busy = false, again = null;
  var parts = '.known, h1.finding, .span-notes, section.headline, main section[id]';
  var pollEvery = 60000, mendFirst = 4000, mendEvery = 60000;

  // sign is what a part shows, without what differs from one asking to the next.
  function sign(part) {
    var copy = part.cloneNode(true);
    copy.querySelectorAll('.evidence, .chart, noscript, .ways > a, .files').forEach(function (one) { one.remove(); });
    var drawn = [];
    copy.querySelectorAll('svg *').forEach(function (one) {
      ['class', 'd', 'x', 'width'].forEach(function (name) { drawn.push(one.getAttribute(name) || ''); });
    });
    return copy.textContent.replace(/\s+/g, ' ') + '|' + drawn.join(',');
  }

  function keyOf(part) { return part.id || part.className.split(' ')[0]; }

  function byKey(root) {
    var found = {};
    root.querySelectorAll(parts).forEach(function (part) { found[keyOf(part)] = part; });
    return found;
  }

  var reachable = 'a[href], button, summary, input, select, [tabindex]';

  // exchange puts a new part in an old one's place. A drawn chart is carried over
  // and given its new figures, so that it neither blinks nor changes its height.
  function exchange(old, fresh) {
    fresh = document.importNode(fresh, true);
    var open = Array.prototype.map.call(old.querySelectorAll('details'), function (one) { return one.open; });
    var scrolled = Array.prototype.map.call(old.querySelectorAll('.table-wrap'), function (one) { return one.scrollTop; });
    var focus = old.contains(document.activeElement) ? Array.prototype.indexOf.call(old.querySelectorAll(reachable), document.activeElement) : -1;
    var before = old.querySelectorAll('[data-chart]');
    fresh.querySelectorAll('[data-chart]').forEach(function (box, i) {
      if (!before[i] || !before[i].khueChart) { return; }
      before[i].dataset.chart = box.dataset.chart;
      before[i].setAttribute('aria-label', box.getAttribute('aria-label') || '');
      box.replaceWith(before[i]);
    });
    fresh.querySelectorAll('details').forEach(function (one, i) { one.open = Boolean(open[i]); });
    old.replaceWith(fresh);
    fresh.querySelectorAll('.table-wrap').forEach(function (one, i) { one.scrollTop = scrolled[i] || 0; });
    if (focus >= 0) {
      var target = fresh.querySelectorAll(reachable)[focus];
      if (target) { target.focus({ preventScroll: true }); }
    }
    fresh.querySelectorAll('[data-chart]').forEach(function (box) {
      if (!box.khueChart) { khue.load([box]); return; }
      khue.ask(box).then(function (answer) { khue.draw(box, answer); }).catch(function () { box.removeAttribute('aria-busy'); });
    });
    var card = fresh.querySelector('.card') || fresh;
    card.classList.add('renewed');
    setTimeout(function () { card.classList.remove('renewed'); }, 2500);
  }

  // anchor is the first part that can be seen; it stays where it is.
  function anchor() {
    var all = document.querySelectorAll(parts);
    for (var i = 0; i < all.length; i++) {
      var place = all[i].getBoundingClientRect();
      if (place.bottom > 0) { return { key: keyOf(all[i]), top: place.top }; }
    }
    return null;
  }

  function adopt(page, at) {
    if (!page.body.dataset.live) { return; }
    var now = byKey(document), fresh = byKey(page), held = anchor(), changed = 0;
    Object.keys(fresh).forEach(function (key) {
      if (!now[key] || sign(now[key]) === sign(fresh[key])) { return; }
      exchange(now[key], fresh[key]);
      changed++;
    });
    if (changed > 0) { document.dispatchEvent(new Event('khue:renewed')); }
    state = body.dataset.live = page.body.dataset.live;
    if (held && window.scrollY > 0) {
      var part = byKey(document)[held.key];
      if (part) { window.scrollBy({ top: part.getBoundingClientRect().top - held.top, behavior: 'instant' }); }
    }
    if (changed > 0) { note(body.dataset.updated.replace('{}', at)); }
  }

  function note(words) {
    var line = document.querySelector('.updated');
    if (!line) {
      line = khue.element('p', 'updated');
      var bar = document.querySelector('main .bar');
      if (!bar) { return; }
      bar.appendChild(line);
    }
    line.textContent = words;
    khue.say(words);
  }

  function refresh(news) {
    if (busy) { again = news; return; }
    busy = true;
    fetch(location.pathname + location.search, { credentials: 'same-origin', headers: { Accept: 'text/html', 'X-Khue-Live': '1' } })
      .then(function (answer) {
        if (!answer.ok) { throw new Error('status ' + answer.status); }
        return answer.text();
      })
      .then(function (text) { adopt(new DOMParser().parseFromString(text, 'text/html'), news.at); })
      .catch(function () { /* what is shown stays; the next news tries again */ })
      .then(function () {
        busy = false;
        if (again && again.state !== state) { var next = again; again = null; refresh(next); }
      });
  }

  function hear(news) { if (news.state !== state) { refresh(news); } }

  function poll() {
    clearTimeout(timer);
    timer = setTimeout(function () {
      if (document.hidden) { return; }
      fetch('/live/state', { credentials: 'same-origin' })
        .then(function (answer) { return answer.ok ? answer.json() : null; })
        .then(function (news) { if (news) { hear(news); } })
        .catch(function () {})
        .then(poll);
    }, pollEvery);
  }

  function listen() {
    if (document.hidden || source) { return; }
    if (!window.EventSource) { poll(); return; }
    source = new EventSource('/live');
    source.addEventListener('state', function (event) { hear(JSON.parse(event.data)); });
    source.onerror = function () {
      if (source && source.readyState === EventSource.CLOSED) { source = null; poll(); }
    };
  }

  // A page that nobody looks at holds no connection; it catches up on return.
  function rest() {
    clearTimeout(timer);
    if (source) { source.close(); source = null; }
  }

  // A part without fresh figures is asked for again although no facts changed: soon,
  // since what was late is often there by then, and ever more seldom after that.
  function mend(wait) {
    setTimeout(function () {
      var faulty = document.querySelector('main .boxfault');
      if (faulty && !document.hidden) {
        refresh({ state: state, at: new Date().toTimeString().slice(0, 5) });
      }
      mend(faulty ? Math.min(2 * wait, mendEvery) : mendFirst);
    }, wait);
  }

  document.addEventListener('DOMContentLoaded', function () {
    body = document.body;
    state = body.dataset.live;
    if (!state) { return; }
    listen();
    mend(mendFirst);
    document.addEventListener('visibilitychange', function () { if (document.hidden) { rest(); } else { listen(); } });
    window.addEventListener('pagehide', rest);
    window.addEventListener('pageshow', listen);
  });
})();
