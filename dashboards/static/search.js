// Proposes members, events, indicators, areas and pages while somebody types in
// the box of the masthead. Without it the box leads to the page of results.
(function () {
  'use strict';

  var wait = 160; // milliseconds without a key before asking

  function option(hit, id) {
    var made = khue.element('a', 'proposal');
    made.href = hit.address;
    made.id = id;
    made.tabIndex = -1;
    made.setAttribute('role', 'option');
    made.setAttribute('aria-selected', 'false');
    made.appendChild(khue.element('span', 'proposal-label', hit.label));
    if (hit.detail) { made.appendChild(khue.element('span', 'proposal-detail', hit.detail)); }
    return made;
  }

  function box(form) {
    var input = form.querySelector('input');
    var list = khue.element('div', 'proposals');
    var chosen = -1, timer = 0, asked = null, shownFor = '';
    list.id = 'proposals';
    list.hidden = true;
    list.setAttribute('role', 'listbox');
    list.setAttribute('aria-label', form.dataset.proposals);
    form.appendChild(list);
    input.setAttribute('role', 'combobox');
    input.setAttribute('aria-autocomplete', 'list');
    input.setAttribute('aria-controls', list.id);
    input.setAttribute('aria-expanded', 'false');

    function options() { return Array.prototype.slice.call(list.querySelectorAll('[role=option]')); }

    function open(yes) {
      list.hidden = !yes;
      input.setAttribute('aria-expanded', String(yes));
      if (!yes) { choose(-1); }
    }

    function choose(n) {
      var all = options();
      chosen = all.length === 0 || n < 0 ? -1 : n % all.length;
      all.forEach(function (one, i) { one.setAttribute('aria-selected', String(i === chosen)); });
      if (chosen < 0) { input.removeAttribute('aria-activedescendant'); return; }
      input.setAttribute('aria-activedescendant', all[chosen].id);
      all[chosen].scrollIntoView({ block: 'nearest' });
    }

    function show(answer, sought) {
      list.textContent = '';
      var count = 0;
      (answer.groups || []).forEach(function (group) {
        var part = khue.element('div', 'proposal-group');
        part.setAttribute('role', 'group');
        part.setAttribute('aria-label', group.label);
        var name = khue.element('p', 'proposal-name', group.label);
        name.setAttribute('aria-hidden', 'true');
        part.appendChild(name);
        group.hits.forEach(function (hit) { part.appendChild(option(hit, 'proposal-' + count++)); });
        list.appendChild(part);
      });
      var all = { label: form.dataset.all.replace('{}', sought), address: form.action + '?q=' + encodeURIComponent(sought) };
      var last = option(all, 'proposal-' + count);
      last.classList.add('proposal-all');
      list.appendChild(last);
      shownFor = sought;
      khue.say(count === 0 ? form.dataset.none : form.dataset.count.replace('{}', count));
      open(document.activeElement === input);
    }

    function ask() {
      var sought = input.value.trim();
      if (asked) { asked.abort(); }
      if (sought.length < 2) { open(false); return; }
      if (sought === shownFor) { open(true); return; }
      asked = new AbortController();
      fetch(form.dataset.suggest + '?q=' + encodeURIComponent(sought), { credentials: 'same-origin', signal: asked.signal })
        .then(function (answer) {
          if (!answer.ok) { throw new Error('status ' + answer.status); }
          return answer.json();
        })
        .then(function (answer) { show(answer, sought); })
        .catch(function () { /* a later key asks again, and Enter leads to the page of results */ });
    }

    input.addEventListener('input', function () {
      clearTimeout(timer);
      timer = setTimeout(ask, wait);
    });
    input.addEventListener('focus', function () { if (input.value.trim() !== '' && shownFor === input.value.trim()) { open(true); } });
    input.addEventListener('keydown', function (event) {
      var count = options().length;
      if (event.key === 'ArrowDown' && count > 0) {
        if (list.hidden) { open(true); }
        choose(chosen + 1);
      } else if (event.key === 'ArrowUp' && count > 0 && !list.hidden) {
        choose(chosen <= 0 ? count - 1 : chosen - 1);
      } else if (event.key === 'Enter' && chosen >= 0 && !list.hidden) {
        location.href = options()[chosen].href;
      } else if (event.key === 'Escape' && !list.hidden) {
        open(false);
      } else {
        return;
      }
      event.preventDefault();
    });
    form.addEventListener('focusout', function (event) {
      if (!form.contains(event.relatedTarget)) { setTimeout(function () { open(false); }, 120); }
    });
    // A slash anywhere on the page leads to the box.
    document.addEventListener('keydown', function (event) {
      var writing = event.target.closest('input, textarea, select, [contenteditable]');
      if (event.key !== '/' || writing || event.ctrlKey || event.metaKey || event.altKey || !form.offsetParent) { return; }
      event.preventDefault();
      input.focus();
      input.select();
    });
  }

  document.addEventListener('DOMContentLoaded', function () {
    document.querySelectorAll('form[data-suggest]').forEach(box);
  });
})();
