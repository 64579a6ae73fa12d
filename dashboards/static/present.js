// Shows a page one part after another, large, for a room: by keys, by a clicker
// (which sends PageDown and PageUp) or by the buttons at the foot.
(function () {
  'use strict';

  var root = document.documentElement;
  var slides = [], at = 0, on = false, full = false, bar = null;

  // collect makes the first slide of the finding and the headline figures, and one
  // of each part that follows.
  function collect() {
    var head = Array.prototype.slice.call(document.querySelectorAll('main h1.finding, main .span-notes, main section.headline'));
    var all = head.length > 0 ? [head] : [];
    document.querySelectorAll('main section[id]').forEach(function (part) { all.push([part]); });
    return all;
  }

  function mark(slide, yes) {
    slide.forEach(function (piece) {
      piece.classList.toggle('slide-on', yes);
      for (var way = piece.parentElement; way && way.tagName !== 'MAIN'; way = way.parentElement) { way.classList.toggle('slide-way', yes); }
    });
  }

  function show(n) {
    slides = collect();
    at = Math.max(0, Math.min(n, slides.length - 1));
    document.querySelectorAll('.slide-on, .slide-way').forEach(function (piece) { piece.classList.remove('slide-on', 'slide-way'); });
    mark(slides[at], true);
    var place = bar.dataset.place.replace('{n}', at + 1).replace('{m}', slides.length);
    bar.querySelector('.slide-place').textContent = place;
    bar.querySelector('[data-step="-1"]').disabled = at === 0;
    bar.querySelector('[data-step="1"]').disabled = at === slides.length - 1;
    window.scrollTo({ top: 0, behavior: 'instant' });
    var name = slides[at][0].querySelector('h2') || slides[at][0];
    khue.say(place + ': ' + name.textContent.trim());
  }

  function fit() {
    if (!on) { return; }
    khue.scale = parseFloat(getComputedStyle(root).fontSize) / 16;
    khue.redraw();
  }

  function inAddress(yes) {
    var here = new URL(location.href);
    if (yes) { here.searchParams.set('present', '1'); } else { here.searchParams.delete('present'); }
    history.replaceState(history.state, '', here);
  }

  function start(large) {
    if (on || collect().length === 0) { return; }
    on = true;
    root.classList.add('presenting');
    bar.hidden = false;
    inAddress(true);
    show(0);
    fit();
    if (large && root.requestFullscreen) {
      root.requestFullscreen().then(function () { full = true; }, function () { /* the window is large enough */ });
    }
  }

  function stop() {
    if (!on) { return; }
    on = false;
    root.classList.remove('presenting');
    bar.hidden = true;
    document.querySelectorAll('.slide-on, .slide-way').forEach(function (piece) { piece.classList.remove('slide-on', 'slide-way'); });
    inAddress(false);
    khue.scale = 1;
    khue.redraw();
    if (full && document.fullscreenElement) { document.exitFullscreen(); }
    full = false;
    slides[at][0].scrollIntoView({ behavior: 'instant' });
  }

  var steps = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, ' ': 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1, Backspace: -1 };

  function key(event) {
    if (!on || event.ctrlKey || event.metaKey || event.altKey) { return; }
    if (event.target.closest('button, a, summary') && (event.key === ' ' || event.key === 'Enter')) { return; }
    if (event.key === 'Escape') {
      stop();
    } else if (event.key === 'Home' || event.key === 'End') {
      show(event.key === 'Home' ? 0 : slides.length - 1);
    } else if (steps[event.key]) {
      show(at + steps[event.key]);
    } else {
      return;
    }
    event.preventDefault();
  }

  document.addEventListener('DOMContentLoaded', function () {
    bar = document.querySelector('.slide-bar');
    if (!bar) { return; }
    document.querySelectorAll('[data-present]').forEach(function (button) {
      button.addEventListener('click', function () { start(true); });
    });
    bar.addEventListener('click', function (event) {
      var button = event.target.closest('button');
      if (!button) { return; }
      if (button.dataset.step) { show(at + Number(button.dataset.step)); } else { stop(); }
    });
    document.addEventListener('keydown', key);
    // Esc leaves the full screen without being told as a key.
    document.addEventListener('fullscreenchange', function () { if (full && !document.fullscreenElement) { stop(); } });
    // A part that took in new figures is another element now.
    document.addEventListener('khue:renewed', function () { if (on) { show(at); } });
    window.addEventListener('resize', fit);
    if (new URLSearchParams(location.search).get('present')) { start(false); }
  });
})();
