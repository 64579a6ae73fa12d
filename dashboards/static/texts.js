// The editor of report texts: what is typed is saved when the writer pauses, kept on
// this machine until it is, and never overwrites what somebody else wrote. Without
// this the texts can be read.
(function () {
  'use strict';

  var page = document.querySelector('[data-texts]');
  var token = document.querySelector('.text-writer [name=token]');
  if (!page || !token || !window.proseMirror) { return; }
  var pm = window.proseMirror;
  var say = page.dataset;
  var person = document.querySelector('[data-person]');
  var pause = 1200; // ms from the last letter to saving
  var again = 5000; // ms to the next try without a connection

  function link(href) { return /^https?:\/\/[^\s@]+$/i.test(href) ? { href: href } : false; }

  // The nodes and marks that all four kinds of file can print; package narrative of
  // the server holds the same list.
  var schema = new pm.Schema({
    nodes: {
      doc: { content: 'block+' },
      paragraph: { group: 'block', content: 'text*', parseDOM: [{ tag: 'p' }], toDOM: function () { return ['p', 0]; } },
      bulletList: { group: 'block', content: 'listItem+', parseDOM: [{ tag: 'ul' }], toDOM: function () { return ['ul', 0]; } },
      orderedList: { group: 'block', content: 'listItem+', parseDOM: [{ tag: 'ol' }], toDOM: function () { return ['ol', 0]; } },
      listItem: { content: 'paragraph', defining: true, parseDOM: [{ tag: 'li' }], toDOM: function () { return ['li', 0]; } },
      text: {},
    },
    marks: {
      link: {
        attrs: { href: {} }, inclusive: false,
        parseDOM: [{ tag: 'a[href]', getAttrs: function (a) { return link(a.getAttribute('href')); } }],
        toDOM: function (m) { return ['a', { href: m.attrs.href, rel: 'noopener noreferrer' }, 0]; },
      },
      bold: { parseDOM: [{ tag: 'strong' }, { tag: 'b' }], toDOM: function () { return ['strong', 0]; } },
      italic: { parseDOM: [{ tag: 'em' }, { tag: 'i' }], toDOM: function () { return ['em', 0]; } },
    },
  });

  // Pages may hold no styles written into them, so the styles of what is pasted are
  // put aside before it is parsed; what they say of bold, italic and lists is kept.
  function pasted(html) {
    html = html.replace(/<!--[\s\S]*?-->/g, '').replace(/<(style|script|xml|title)\b[\s\S]*?<\/\1\s*>/gi, '')
      .replace(/<[^>]*>/g, function (tag) { return tag.replace(/([\s"'/])style\s*=/gi, '$1data-style=').replace(/([\s"'/])on[a-z]+\s*=/gi, '$1data-on='); });
    var doc = new DOMParser().parseFromString(html, 'text/html');
    doc.querySelectorAll('style, script, meta, link, title, xml, img, svg, object, iframe').forEach(function (e) { e.remove(); });
    // Word writes items of lists as paragraphs with a mark before them.
    doc.querySelectorAll('p').forEach(function (p) {
      if (!/mso-list/i.test(p.getAttribute('data-style') || '') && !/MsoListParagraph/.test(p.className)) { return; }
      var sign = [].find.call(p.querySelectorAll('span'), function (s) { return /mso-list:\s*ignore/i.test(s.getAttribute('data-style') || ''); });
      var marked = sign ? sign.textContent.trim() : '';
      if (sign) { sign.remove(); }
      var kind = /^[(]?[0-9a-z]{1,3}[.)]/i.test(marked) && !/^o$/i.test(marked) ? 'OL' : 'UL';
      var list = p.previousElementSibling;
      if (!list || list.tagName !== kind || !list.dataset.word) {
        list = doc.createElement(kind);
        list.dataset.word = '1';
        p.before(list);
      }
      var item = doc.createElement('li');
      item.append.apply(item, p.childNodes);
      list.append(item);
      p.remove();
    });
    doc.querySelectorAll('[data-style]').forEach(function (e) {
      var style = e.getAttribute('data-style');
      if (/^(B|STRONG)$/.test(e.tagName) && /(^|[;\s])font-weight:\s*(normal|400)/i.test(style)) {
        e.replaceWith.apply(e, e.childNodes);
        return;
      }
      [['b', /(^|[;\s])font-weight:\s*(bold|[6-9]00)/i], ['i', /(^|[;\s])font-style:\s*italic/i]].forEach(function (look) {
        if (!look[1].test(style) || !/^(SPAN|P|LI|TD|FONT)$/.test(e.tagName)) { return; }
        var inner = doc.createElement(look[0]);
        inner.append.apply(inner, e.childNodes);
        e.append(inner);
      });
      e.removeAttribute('data-style');
    });
    return doc.body.innerHTML;
  }

  function wordsOf(doc) {
    var words = doc.textBetween(0, doc.content.size, '\n').trim();
    return words ? words.split(/\s+/).length : 0;
  }

  function readDoc(json) {
    var plain = JSON.parse(json);
    if (!plain.content || !plain.content.length) { plain.content = [{ type: 'paragraph' }]; }
    return pm.Node.fromJSON(schema, plain);
  }

  function within(state, name) {
    var at = state.selection.$from;
    for (var depth = at.depth; depth > 0; depth--) {
      if (at.node(depth).type.name === name) { return true; }
    }
    return false;
  }

  function marked(state, type) {
    var s = state.selection;
    return s.empty ? Boolean(type.isInSet(state.storedMarks || s.$from.marks())) : state.doc.rangeHasMark(s.from, s.to, type);
  }

  // inList puts the paragraphs into a list of a kind, or takes them out of it.
  function inList(name) {
    return function (state, dispatch) {
      var other = name === 'bulletList' ? 'orderedList' : 'bulletList';
      if (within(state, name)) { return pm.liftListItem(schema.nodes.listItem)(state, dispatch); }
      if (within(state, other)) {
        var at = state.selection.$from;
        for (var depth = at.depth; depth > 0; depth--) {
          if (at.node(depth).type.name === other) {
            if (dispatch) { dispatch(state.tr.setNodeMarkup(at.before(depth), schema.nodes[name])); }
            return true;
          }
        }
      }
      return pm.wrapInList(schema.nodes[name])(state, dispatch);
    };
  }

  var orders = {
    bold: pm.toggleMark(schema.marks.bold), italic: pm.toggleMark(schema.marks.italic),
    bulletList: inList('bulletList'), orderedList: inList('orderedList'), undo: pm.undo,
  };

  function store(name, value) {
    try {
      if (value === null) { localStorage.removeItem(name); } else { localStorage.setItem(name, value); }
    } catch { /* private windows keep nothing */ }
  }
  function stored(name) {
    try { return localStorage.getItem(name); } catch { return null; }
  }

  var sides = [];

  function Side(box) {
    var side = this;
    var body = box.querySelector('[data-body]');
    var d = box.dataset;
    var key = ['khue-text', say.definition, say.period, say.area, say.edition, d.section, d.language].join('|');
    var seen = Number(d.revision);
    var dirty = false, busy = false, conflict = null, timer = 0, mine = {}, toldState = '';
    var state = box.querySelector('[data-state]'), count = box.querySelector('[data-count]'), lack = box.querySelector('[data-lack]');

    function tell(words, kind) {
      if (toldState !== words) { state.textContent = words; toldState = words; }
      box.dataset.state = kind;
    }

    function measure() {
      var n = wordsOf(view.state.doc), most = Number(d.most), least = Number(d.least);
      count.textContent = n + ' ' + say.sayWords;
      count.classList.toggle('wrong', Boolean(n && (most && n > most || n < least)));
    }

    function tools() {
      bar.querySelectorAll('[data-do]').forEach(function (button) {
        var name = button.dataset.do;
        if (schema.marks[name]) { button.setAttribute('aria-pressed', String(marked(view.state, schema.marks[name]))); }
        if (schema.nodes[name]) { button.setAttribute('aria-pressed', String(within(view.state, name))); }
      });
    }

    function changed() {
      dirty = true;
      store(key, JSON.stringify({ seen: seen, text: view.state.doc.toJSON() }));
      if (!conflict) { tell(say.sayUnsaved, 'unsaved'); }
      later(pause);
    }

    function later(ms) {
      clearTimeout(timer);
      timer = setTimeout(side.save, ms);
    }

    side.save = function (leaving) {
      clearTimeout(timer);
      if (!dirty || busy || conflict) { return Promise.resolve(); }
      if (!person.value.trim()) {
        tell(say.sayPerson, 'unsaved');
        return Promise.resolve();
      }
      var sent = view.state.doc;
      busy = true;
      dirty = false;
      tell(say.saySaving, 'saving');
      return send(sent.toJSON(), leaving === true).then(function (answer) {
        busy = false;
        if (!answer) { // nobody answered
          dirty = true;
          tell(say.sayOffline, 'offline');
          later(again);
        } else if (answer.status === 200) {
          kept(answer.body);
        } else if (answer.status === 409 && mine[answer.body.attempt]) { // our own saving, whose answer was lost
          seen = answer.body.revision;
          dirty = true;
          later(0);
        } else if (answer.status === 409) {
          dirty = true;
          meet(answer.body);
        } else {
          dirty = true;
          tell(answer.body ? answer.body.message : say.sayStale, 'wrong');
        }
      });
    };

    function kept(answer) {
      seen = answer.revision;
      lack.textContent = answer.lack || '';
      lack.hidden = !answer.lack;
      if (dirty) {
        later(pause);
        return;
      }
      store(key, null);
      tell(answer.saved, 'saved');
    }

    function send(json, leaving) {
      var form = new URLSearchParams();
      var attempt = Date.now().toString(36) + Math.random().toString(36).slice(2);
      mine[attempt] = true;
      var fields = {
        token: token.value, definition: say.definition, period: say.period, area: say.area, edition: say.edition, section: d.section, language: d.language,
        seen: seen, person: person.value, text: JSON.stringify(json), attempt: attempt,
      };
      Object.keys(fields).forEach(function (name) { form.set(name, fields[name]); });
      return fetch('/reports/texts/save?lang=' + document.documentElement.lang, { method: 'POST', body: form, credentials: 'same-origin', keepalive: leaving && form.toString().length < 60000 })
        .then(function (response) {
          if (response.status >= 500) { return null; }
          return response.json().catch(function () { return null; }).then(function (answer) { return { status: response.status, body: answer }; });
        }, function () { return null; });
    }

    // meet shows what somebody else wrote meanwhile beside what stands here.
    function meet(other) {
      var shown = document.getElementById('text-conflict').content.cloneNode(true).firstElementChild;
      conflict = shown;
      tell(other.message, 'conflict');
      shown.querySelector('[data-who]').textContent = other.saved;
      var theirs = readDoc(JSON.stringify(other.text));
      shown.querySelector('[data-other]').append(pm.DOMSerializer.fromSchema(schema).serializeFragment(theirs.content));
      shown.querySelector('[data-other]').lang = d.language;
      function settle() {
        shown.remove();
        conflict = null;
        seen = other.revision;
        dirty = true;
        view.focus();
        return side.save();
      }
      shown.querySelector('[data-mine]').addEventListener('click', settle);
      shown.querySelector('[data-theirs]').addEventListener('click', function () {
        settle().then(function () { // ours is kept first, so that it is in the history
          if (conflict || dirty) { return; }
          view.dispatch(view.state.tr.replaceWith(0, view.state.doc.content.size, theirs.content));
        });
      });
      box.append(shown);
    }

    var bar = document.getElementById('text-tools').content.cloneNode(true).firstElementChild;
    var address = bar.querySelector('.text-link');
    var doc = readDoc(d.json), back = null;
    try { back = JSON.parse(stored(key)); } catch { back = null; }
    if (back && back.text) {
      try { doc = pm.Node.fromJSON(schema, back.text); } catch { back = null; }
    }
    body.textContent = '';
    body.before(bar);
    var view = new pm.EditorView(body, {
      state: pm.EditorState.create({
        doc: doc,
        plugins: [pm.history(), pm.keymap({
          'Mod-b': orders.bold, 'Mod-i': orders.italic, 'Mod-z': pm.undo, 'Mod-y': pm.redo, 'Shift-Mod-z': pm.redo, Enter: pm.splitListItem(schema.nodes.listItem),
          'Shift-Enter': pm.splitListItem(schema.nodes.listItem),
        }), pm.keymap(pm.baseKeymap)],
      }),
      attributes: {
        role: 'textbox', 'aria-multiline': 'true', 'aria-label': body.dataset.label, lang: d.language, spellcheck: 'true',
        'aria-describedby': body.dataset.about || '',
      },
      transformPastedHTML: pasted,
      dispatchTransaction: function (tr) {
        view.updateState(view.state.apply(tr));
        tools();
        if (tr.docChanged) {
          measure();
          changed();
        }
      },
      handleDOMEvents: { blur: function () { side.save(); return false; } },
    });
    bar.addEventListener('mousedown', function (event) {
      if (event.target.closest('[data-do]')) { event.preventDefault(); } // the words stay selected
    });
    bar.addEventListener('click', function (event) {
      var button = event.target.closest('[data-do]');
      if (!button) { return; }
      if (button.dataset.do === 'link') {
        var type = schema.marks.link, s = view.state.selection;
        if (marked(view.state, type)) {
          pm.toggleMark(type)(view.state, view.dispatch);
        } else if (!s.empty) {
          address.hidden = false;
          address.elements.href.focus();
        }
        return;
      }
      orders[button.dataset.do](view.state, view.dispatch);
      view.focus();
    });
    address.addEventListener('submit', function (event) {
      event.preventDefault();
      var attrs = link(address.elements.href.value.trim());
      if (!attrs) { return; }
      address.hidden = true;
      address.reset();
      pm.toggleMark(schema.marks.link, attrs)(view.state, view.dispatch);
      view.focus();
    });
    address.addEventListener('keydown', function (event) {
      if (event.key === 'Escape') { address.hidden = true; view.focus(); }
    });
    side.unsaved = function () { return dirty || busy; };
    measure();
    tools();
    if (back) { // what was typed here before is saved on the revision that it was made from
      seen = Number(back.seen);
      tell(say.sayBack, 'unsaved');
      dirty = true;
      later(pause);
    }
  }

  if (person.type !== 'hidden') { person.value = stored('khue-writer') || ''; }
  person.addEventListener('input', function () { store('khue-writer', person.value.trim()); });
  person.addEventListener('change', function () { sides.forEach(function (s) { s.save(); }); });
  page.querySelectorAll('[data-side]').forEach(function (box) { sides.push(new Side(box)); });
  document.addEventListener('visibilitychange', function () {
    if (document.visibilityState === 'hidden') { sides.forEach(function (s) { s.save(true); }); }
  });
  window.addEventListener('online', function () { sides.forEach(function (s) { s.save(); }); });
  page.dataset.ready = 'yes';
})();
