// Numbers as readers of each language write them, the same on screen and on
// paper. Options name a formatter ("khue:number:vi:1"); revive() puts the
// function in its place, so that no text is ever evaluated as code.
(function (root) {
  'use strict';

  var marks = { vi: { group: '.', point: ',' }, en: { group: ',', point: '.' } };
  var magnitudes = [
    { from: 1e12, vi: 'nghìn tỷ', en: 'trillion' },
    { from: 1e9, vi: 'tỷ', en: 'billion' },
    { from: 1e6, vi: 'triệu', en: 'million' }
  ];

  // digits gives the shortest decimal digits of v >= 0 and how many of them
  // stand before the point.
  function digits(v) {
    var m = /^(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(v.toExponential());
    return { text: m[1] + (m[2] || ''), whole: Number(m[3]) + 1 };
  }

  // fixed rounds the exact value, half to even, as the server does; toFixed
  // alone differs on exact halves.
  function fixed(v, decimals) {
    var exact = v.toFixed(60).split('.');
    var all = exact[0] + exact[1];
    var keep = exact[0].length + decimals;
    var head = all.slice(0, keep);
    var rest = all.slice(keep);
    var half = rest.charAt(0) === '5' && /^50*$/.test(rest);
    var odd = Number(head.charAt(keep - 1)) % 2 === 1;
    if (half ? odd : rest.charAt(0) >= '5') { head = increment(head); }
    var whole = head.length - decimals;
    return { whole: head.slice(0, whole), fraction: head.slice(whole) };
  }

  function zeros(n) { return n > 0 ? new Array(n + 1).join('0') : ''; }

  function increment(text) {
    for (var i = text.length - 1; i >= 0; i--) {
      if (text.charAt(i) !== '9') {
        return text.slice(0, i) + (Number(text.charAt(i)) + 1) + zeros(text.length - 1 - i);
      }
    }
    return '1' + zeros(text.length);
  }

  function number(lang, v, decimals) {
    if (typeof v !== 'number' || !isFinite(v)) { return '–'; }
    var mark = marks[lang] || marks.vi;
    var f = fixed(Math.abs(v), decimals);
    var whole = f.whole.replace(/\B(?=(\d{3})+$)/g, mark.group);
    var text = f.fraction ? whole + mark.point + f.fraction : whole;
    return v < 0 && /[1-9]/.test(text) ? '−' + text : text;
  }

  function compact(lang, v, decimals) {
    for (var i = 0; i < magnitudes.length; i++) {
      var m = magnitudes[i];
      if (Math.abs(v) >= m.from) {
        var short = v / m.from;
        var places = 2 - (digits(Math.abs(short)).whole - 1);
        return number(lang, short, Math.max(places, 0)) + ' ' + (m[lang] || m.vi);
      }
    }
    return number(lang, v, decimals);
  }

  // axis is compact without needless zeros: "1,5 triệu", "2 triệu", "500.000".
  function axis(lang, v) {
    for (var i = 0; i < magnitudes.length; i++) {
      var m = magnitudes[i];
      if (Math.abs(v) >= m.from) {
        return plain(lang, v / m.from) + ' ' + (m[lang] || m.vi);
      }
    }
    return plain(lang, v);
  }

  function plain(lang, v) {
    var d = v === 0 ? { text: '0', whole: 1 } : digits(Math.abs(v));
    return number(lang, v, Math.min(Math.max(d.text.length - d.whole, 0), 6));
  }

  function percent(lang, ratio, decimals) { return number(lang, ratio * 100, decimals) + '%'; }

  // value takes what the charting library passes: a number, or an object
  // whose value is a number or a pair with the number in the measure's place.
  function value(x) {
    if (x !== null && typeof x === 'object') {
      if (x.data && typeof x.data === 'object' && typeof x.data.amount === 'number') { return x.data.amount; }
      x = x.value;
    }
    return typeof x === 'number' ? x : NaN;
  }

  var kinds = {
    number: function (lang, decimals) { return function (x) { return number(lang, value(x), decimals); }; },
    compact: function (lang, decimals) { return function (x) { return compact(lang, value(x), decimals); }; },
    percent: function (lang, decimals) { return function (x) { return percent(lang, value(x), decimals); }; },
    axis: function (lang) { return function (x) { return axis(lang, value(x)); }; }
  };

  function named(name) {
    var m = /^khue:([a-z]+):(vi|en)(?::(\d))?$/.exec(name);
    return m && kinds.hasOwnProperty(m[1]) ? kinds[m[1]](m[2], Number(m[3] || 0)) : null;
  }

  // revive replaces the names of formatters, and only where a formatter can stand.
  function revive(node) {
    if (node === null || typeof node !== 'object') { return node; }
    Object.keys(node).forEach(function (key) {
      var child = node[key];
      if ((key === 'formatter' || key === 'valueFormatter') && typeof child === 'string') {
        node[key] = named(child) || child;
      } else {
        revive(child);
      }
    });
    return node;
  }

  root.khueFormat = { number: number, compact: compact, percent: percent, axis: axis, named: named, revive: revive };
})(typeof globalThis === 'object' ? globalThis : this);
