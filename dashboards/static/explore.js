// The explore page made comfortable: what is clicked is asked at once, lists are
// narrowed while typing, code is copied. Without it the form has a button.
(function () {
  'use strict';

  var page = document.querySelector('[data-explore]');
  if (!page) { return; }
  var asking = 0;

  // fold is a word without its marks, as the server compares them.
  function fold(words) {
    return words.normalize('NFD').replace(/[\u0300-\u036f]/g, '').toLowerCase().replace(/đ/g, 'd');
  }

  function begins(text, wanted) {
    var words = fold(text).split(/[^a-z0-9]+/);
    return fold(wanted).split(/[^a-z0-9]+/).filter(Boolean).every(function (want) {
      return words.some(function (word) { return word.indexOf(want) === 0; });
    });
  }

  // narrow shows the values whose names have the words; what is ticked stays.
  function narrow(field) {
    var list = document.getElementById(field.dataset.narrow);
    if (!list) { return; }
    list.querySelectorAll('.tick').forEach(function (tick) {
      tick.hidden = !(tick.querySelector('input').checked || begins(tick.textContent, field.value));
    });
    if (field.dataset.search && field.value.trim()) { later(field, list); }
  }

  // later asks the server for values of a long list, once the reader stops typing.
  function later(field, list) {
    clearTimeout(field.khueTimer);
    field.khueTimer = setTimeout(function () {
      var sought = field.value;
      fetch(field.dataset.search + '&q=' + encodeURIComponent(sought), { credentials: 'same-origin' })
        .then(function (answer) { if (!answer.ok) { throw new Error('status ' + answer.status); } return answer.json(); })
        .then(function (found) {
          if (field.value !== sought) { return; }
          var there = {};
          list.querySelectorAll('input').forEach(function (one) { there[one.value] = one; });
          found.values.forEach(function (value, i) {
            if (there[value.value]) { there[value.value].closest('.tick').hidden = false; return; }
            var tick = khue.element('label', 'tick'), box = document.createElement('input');
            box.type = 'checkbox';
            box.name = 'where';
            box.value = value.value;
            box.id = field.id + '-found-' + i + '-' + Object.keys(there).length;
            tick.appendChild(box);
            tick.appendChild(khue.element('span', '', value.label));
            list.appendChild(tick);
          });
          khue.say(found.values.length === 0 ? page.dataset.none : found.more ? page.dataset.more : String(found.values.length));
        }).catch(function () { khue.say(page.dataset.none); });
    }, 250);
  }

  // query is what the form asks, without what says nothing.
  function query(form) {
    var out = new URLSearchParams();
    new FormData(form).forEach(function (value, name) {
      if (typeof value === 'string' && value.trim() !== '' && !(name === 'seek')) { out.append(name, value); }
    });
    out.set('lang', document.documentElement.lang);
    return out.toString();
  }

  // remembered is how the form stands: what is open, how far lists are scrolled, where
  // the reader is.
  function remembered() {
    var state = { open: {}, scrolled: {}, typed: {}, focus: document.activeElement && document.activeElement.id };
    document.querySelectorAll('#explore-ask details[id], #explore-answer details').forEach(function (one, i) { state.open[one.id || 'n' + i] = one.open; });
    document.querySelectorAll('#explore-ask .picks').forEach(function (one) { state.scrolled[one.id] = one.scrollTop; });
    document.querySelectorAll('#explore-ask [data-narrow]').forEach(function (one) { state.typed[one.id] = one.value; });
    return state;
  }

  function restore(state) {
    document.querySelectorAll('#explore-ask details[id]').forEach(function (one) { if (one.id in state.open) { one.open = state.open[one.id]; } });
    document.querySelectorAll('#explore-ask [data-narrow]').forEach(function (one) {
      if (state.typed[one.id]) { one.value = state.typed[one.id]; narrow(one); }
    });
    document.querySelectorAll('#explore-ask .picks').forEach(function (one) { if (one.id in state.scrolled) { one.scrollTop = state.scrolled[one.id]; } });
    var target = state.focus && document.getElementById(state.focus);
    if (target) { target.focus({ preventScroll: true }); }
  }

  // adopt puts a new answer and the form that belongs to it into their places.
  function adopt(fresh) {
    var state = remembered();
    ['explore-ask', 'explore-answer'].forEach(function (id) {
      var now = document.getElementById(id), next = fresh.getElementById(id);
      if (now && next) { now.replaceWith(document.importNode(next, true)); }
    });
    document.title = fresh.title;
    fresh.querySelectorAll('.languages a').forEach(function (link) {
      var now = document.querySelector('.languages a[hreflang=' + link.hreflang + ']');
      if (now) { now.href = link.getAttribute('href'); }
    });
    if (fresh.body.dataset.live) { document.body.dataset.live = fresh.body.dataset.live; }
    restore(state);
    var charts = Array.prototype.slice.call(document.querySelectorAll('#explore-answer [data-chart]'));
    if (charts.length > 0 && khue.load) { khue.load(charts); }
    var rows = document.getElementById('explore-rows'), faults = document.querySelector('.explore-faults');
    khue.say(faults ? faults.textContent.replace(/\s+/g, ' ') : (rows ? rows.textContent : ''));
    document.documentElement.dataset.explored = String(++asked);
  }

  var asked = 0;

  // On a phone the question folds up once there is an answer below it.
  if (window.matchMedia('(max-width: 991px)').matches && document.querySelector('#explore-answer .explore-figures')) {
    document.querySelectorAll('#explore-form > details').forEach(function (one) { one.open = Boolean(one.querySelector('.note-wrong')); });
  }

  function ask(address, push) {
    var mine = ++asking, answerBox = document.getElementById('explore-answer');
    answerBox.classList.add('waiting');
    answerBox.setAttribute('aria-busy', 'true');
    fetch(address, { credentials: 'same-origin', headers: { Accept: 'text/html' } }).then(function (answer) {
      if (!/text\/html/.test(answer.headers.get('Content-Type') || '')) { throw new Error('no page'); }
      return answer.text().then(function (text) { return { text: text, at: answer.url }; });
    }).then(function (got) {
      if (mine !== asking) { return; } // something else was clicked since
      var fresh = new DOMParser().parseFromString(got.text, 'text/html');
      if (!fresh.getElementById('explore-answer')) { throw new Error('another page'); }
      if (push) { history.pushState(null, '', got.at); }
      adopt(fresh);
    }).catch(function () { if (mine === asking) { location.assign(address); } });
  }

  function send(form) { ask('/explore?' + query(form), true); }

  page.addEventListener('change', function (event) {
    var form = event.target.closest('#explore-form');
    if (!form || event.target.dataset.narrow) { return; }
    if (event.target.name === 'period' && event.target.value) { form.elements.from.value = form.elements.to.value = ''; }
    if ((event.target.name === 'from' || event.target.name === 'to') && event.target.value) { form.elements.period.value = ''; }
    send(form);
  });
  page.addEventListener('submit', function (event) {
    if (event.target.id !== 'explore-form') { return; }
    event.preventDefault();
    send(event.target);
  });
  page.addEventListener('input', function (event) {
    if (event.target.dataset.narrow) { narrow(event.target); }
  });
  page.addEventListener('keydown', function (event) {
    if (event.key === 'Enter' && event.target.dataset.narrow) { event.preventDefault(); }
  });
  page.addEventListener('click', function (event) {
    var button = event.target.closest('[data-copy]'), link = event.target.closest('.empty a, .pager a');
    if (button) { copy(button); return; }
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); ask(link.href, true); }
  });
  window.addEventListener('popstate', function () { ask(location.href, false); });

  function copy(button) {
    var code = document.getElementById(button.dataset.copy), words = button.textContent;
    function done() {
      khue.say(page.dataset.copied);
      button.textContent = page.dataset.copied;
      setTimeout(function () { button.textContent = words; }, 2500);
    }
    function select() { // the reader copies by hand
      var range = document.createRange();
      range.selectNodeContents(code);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      code.focus();
    }
    if (!navigator.clipboard) { select(); return; }
    navigator.clipboard.writeText(code.textContent).then(done, select);
  }
})();
