// Runs statements: sends them to the API, shows how far they are and the first rows of
// what they give, and goes to the place of a fault.
(function () {
  'use strict';

  var desk = document.querySelector('[data-sql]');
  if (!desk) { return; }
  var say = desk.dataset;
  var lang = document.documentElement.lang;
  var address = '/api/v1/sql';
  var mostShown = 500;
  var kept = 'khue-sql'; // what is being written, on this machine
  var number = new Intl.NumberFormat(lang);
  function find(what) { return desk.querySelector(what); }
  var run = find('[data-run]'), cancel = find('[data-cancel]'), state = find('[data-state]'), fault = find('.sql-fault'), result = find('.sql-result'), parameters = find('.sql-parameters');
  var running = null;

  function fill(text, values) { return text.replace(/\{(\w+)\}/g, function (all, name) { return name in values ? values[name] : all; }); }
  function element(name, text, kind) {
    var e = document.createElement(name);
    if (text !== undefined) { e.textContent = text; }
    if (kind) { e.className = kind; }
    return e;
  }

  // The editor, or the plain field where it could not be loaded.
  var plain = find('.sql-plain');
  var first = plain.value;
  try { first = sessionStorage.getItem(kept) || first; } catch (e) { /* a browser that keeps nothing */ }
  var editor = {
    text: function () { return plain.value; }, set: function (t) { plain.value = t; changed(); }, focus: function () { plain.focus(); },
    mark: function (line, column) {
      var lines = plain.value.split('\n'), at = 0;
      for (var i = 0; i < line - 1 && i < lines.length; i++) { at += lines[i].length + 1; }
      plain.focus();
      plain.setSelectionRange(at + column - 1, at + column);
    },
  };
  if (window.sqlEditor) {
    var schema = {};
    document.querySelectorAll('[data-view]').forEach(function (v) {
      schema[v.dataset.view] = [].map.call(v.querySelectorAll('[data-column]'), function (c) {
        return { label: c.dataset.column, type: 'property', detail: c.dataset.type };
      });
    });
    var host = element('div');
    plain.replaceWith(host);
    editor = window.sqlEditor.open(host, first, { run: start, changed: changed, schema: schema, label: say.label });
  } else {
    plain.value = first;
    plain.addEventListener('input', changed);
    plain.addEventListener('keydown', function (e) {
      if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); start(); }
    });
  }

  // Parameters of the statement get a field each; what was typed stays.
  function changed() {
    var text = editor.text();
    try { sessionStorage.setItem(kept, text); } catch (e) { /* a browser that keeps nothing */ }
    var bare = text.replace(/'(?:[^'\\]|\\.)*'/g, '').replace(/--[^\n]*/g, '').replace(/\/\*[\s\S]*?\*\//g, '');
    var found = {};
    bare.replace(/\{\s*([A-Za-z_]\w*)\s*:\s*([^{}]+?)\s*\}/g, function (all, name, kind) { found[name] = kind; });
    var there = {};
    parameters.querySelectorAll('label').forEach(function (l) {
      if (found[l.dataset.name] === l.dataset.kind) { there[l.dataset.name] = true; } else { l.remove(); }
    });
    Object.keys(found).forEach(function (name) {
      if (there[name]) { return; }
      var label = element('label', name + ' '), input = element('input');
      label.append(element('span', found[name], 'sql-type'), input);
      label.dataset.name = name;
      label.dataset.kind = found[name];
      input.autocomplete = 'off';
      if (/^(Nullable\()?Date\)?$/.test(found[name])) {
        input.type = 'date';
        input.value = new Date().getFullYear() + '-01-01';
      }
      parameters.append(label);
    });
    parameters.hidden = !Object.keys(found).length;
  }

  function body(format) {
    var values = {};
    parameters.querySelectorAll('label').forEach(function (l) { values[l.dataset.name] = l.querySelector('input').value; });
    return { statement: editor.text(), parameters: values, format: format, id: 'page-' + crypto.getRandomValues(new Uint32Array(3)).join('-') };
  }

  function send(asked) {
    return fetch(address, { method: 'POST', headers: { 'Content-Type': 'application/json', 'Accept-Language': lang }, body: JSON.stringify(asked) });
  }

  function told(answer) {
    return answer.json().catch(function () { return { code: String(answer.status), detail: answer.statusText }; }).then(function (p) { throw p; });
  }

  function showFault(p) {
    if (p instanceof TypeError) { p = { code: '', detail: say.offline }; }
    fault.hidden = false;
    find('[data-fault-code]').textContent = p.code || '';
    find('[data-fault]').textContent = p.code === 'sql_cancelled' ? say.cancelled : p.detail || String(p);
    var place = find('[data-fault-place]');
    var at = ((p.errors || [{}])[0].path || '').match(/^statement:(\d+):(\d+)$/);
    place.hidden = !at;
    if (at) {
      place.textContent = '→ ' + fill(say.line, { line: at[1], column: at[2] });
      place.onclick = function () { editor.mark(+at[1], +at[2]); };
      editor.mark(+at[1], +at[2]);
    }
  }

  function busy(on) {
    run.disabled = on;
    cancel.hidden = !on;
    if (on) { desk.setAttribute('aria-busy', 'true'); } else { desk.removeAttribute('aria-busy'); }
  }

  function watch(id, since) {
    return setInterval(function () {
      fetch(address + '/' + id + '?lang=' + lang).then(function (a) { return a.ok ? a.json() : null; }).then(function (r) {
        if (running !== id) { return; }
        var words = [say.running, fill(say.seconds, { n: number.format(Math.round((Date.now() - since) / 1000)) })];
        if (r && r.rows_read) {
          var share = r.rows_to_read > r.rows_read ? ' (' + Math.floor(100 * r.rows_read / r.rows_to_read) + '%)' : '';
          words.push(fill(say.read, { n: number.format(r.rows_read) }) + share);
        }
        state.textContent = words.join(' · ');
      }).catch(function () { /* the next look tells */ });
    }, 700);
  }

  // firstRows reads rows until enough are there to show; the engine has them all.
  function firstRows(answer) {
    var reader = answer.body.getReader(), decoder = new TextDecoder(), rest = '', rows = [];
    function next() {
      return reader.read().then(function (part) {
        rest += decoder.decode(part.value || new Uint8Array(), { stream: !part.done });
        var lines = rest.split('\n');
        rest = lines.pop();
        lines.forEach(function (line) { if (line && rows.length < mostShown + 2) { rows.push(JSON.parse(line)); } });
        if (part.done) { return rows; }
        if (rows.length >= mostShown + 2) { return reader.cancel().then(function () { return rows; }); }
        return next();
      });
    }
    return next();
  }

  function cell(value, figure) {
    if (value === null) { return element('td', say.null, 'sql-null'); }
    return element('td', typeof value === 'object' ? JSON.stringify(value) : String(value), figure ? 'n' : '');
  }

  function show(rows, all) {
    var head = element('tr'), kinds = rows[1] || [];
    var figures = kinds.map(function (k) { return /^(Nullable\()?(U?Int|Float|Decimal)/.test(k); });
    (rows[0] || []).forEach(function (name, i) {
      var th = element('th', name, figures[i] ? 'n' : '');
      th.scope = 'col';
      th.append(element('small', kinds[i]));
      head.append(th);
    });
    find('thead').replaceChildren(head);
    find('tbody').replaceChildren.apply(find('tbody'), rows.slice(2).map(function (row) {
      var tr = element('tr');
      row.forEach(function (value, i) { tr.append(cell(value, figures[i])); });
      return tr;
    }));
    var shown = Math.max(rows.length - 2, 0);
    find('[data-summary]').textContent = !all ? say.none : shown < all ? fill(say.shown, { shown: number.format(shown), all: number.format(all) }) : fill(say.all, { all: number.format(all) });
    result.hidden = false;
  }

  function start() {
    if (running) { return; }
    var asked = body('rows'), since = Date.now();
    running = asked.id;
    fault.hidden = result.hidden = true;
    busy(true);
    state.textContent = say.running;
    var looking = watch(asked.id, since);
    send(asked).then(function (answer) {
      if (!answer.ok) { return told(answer); }
      var all = +answer.headers.get('Khue-Rows'), read = +answer.headers.get('Khue-Rows-Read'), took = +answer.headers.get('Khue-Took-Ms');
      return firstRows(answer).then(function (rows) {
        show(rows, all);
        return fill(say.seconds, { n: number.format(took / 1000) }) + ' · ' + fill(say.read, { n: number.format(read) });
      });
    }).catch(function (p) {
      showFault(p);
      return '';
    }).then(function (words) {
      clearInterval(looking);
      running = null;
      busy(false);
      state.textContent = words;
      history();
    });
  }

  run.addEventListener('click', start);
  cancel.addEventListener('click', function () {
    if (running) { fetch(address + '/' + running, { method: 'DELETE' }).catch(function () { /* it ends by its limit */ }); }
  });

  desk.querySelectorAll('[data-save]').forEach(function (button) {
    button.addEventListener('click', function () {
      fault.hidden = true;
      button.disabled = true;
      state.textContent = say.saving;
      send(body(button.dataset.save)).then(function (answer) {
        if (!answer.ok) { return told(answer); }
        var name = (answer.headers.get('Content-Disposition') || '').match(/filename="([^"]+)"/);
        return answer.blob().then(function (file) {
          var a = element('a');
          a.href = URL.createObjectURL(file);
          a.download = name ? name[1] : 'khue_sql';
          a.click();
          setTimeout(function () { URL.revokeObjectURL(a.href); }, 60000);
          state.textContent = say.saved;
        });
      }).catch(function (p) {
        state.textContent = '';
        showFault(p);
      }).then(function () {
        button.disabled = false;
        history();
      });
    });
  });

  document.querySelectorAll('[data-example]').forEach(function (button) {
    button.addEventListener('click', function () { use(button.closest('details').querySelector('code').textContent); });
  });

  function use(statement) {
    editor.set(statement);
    changed();
    desk.scrollIntoView({ block: 'start' });
    editor.focus();
  }

  function history() {
    var list = document.querySelector('[data-history]');
    fetch(address + '/history?lang=' + lang).then(function (a) { return a.ok ? a.json() : []; }).then(function (runs) {
      list.replaceChildren.apply(list, runs.slice(0, 30).map(function (r) {
        var li = element('li'), again = element('button', r.statement.replace(/\s+/g, ' ').slice(0, 200));
        again.type = 'button';
        again.addEventListener('click', function () { use(r.statement); });
        var words = [new Date(r.started_at).toLocaleString(lang === 'vi' ? 'vi-VN' : 'en-GB', { timeZone: 'Asia/Ho_Chi_Minh', dateStyle: 'medium', timeStyle: 'medium' }), say['outcome' + r.outcome.charAt(0).toUpperCase() + r.outcome.slice(1)] || r.outcome];
        if (r.outcome === 'done') { words.push(fill(say.all, { all: number.format(r.rows) })); }
        if (r.code) { words.push(r.code); }
        words.push(fill(say.seconds, { n: number.format(r.took_ms / 1000) }));
        li.append(again, element('p', words.join(' · '), 'small-note'));
        return li;
      }));
      if (!runs.length) { list.replaceChildren(element('li', say.nothing, 'small-note')); }
    }).catch(function () { /* what was shown stays */ });
  }

  changed();
  history();
})();
