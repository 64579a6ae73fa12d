// Draws the charts and makes the filters act at once. Without it the page is
// whole: the filters have a button and every chart its table.
(function () {
  'use strict';

  document.documentElement.classList.add('scripted');

  function filters(form) {
    form.addEventListener('change', function () { form.requestSubmit(); });
    form.addEventListener('submit', function () {
      form.querySelectorAll('select, input').forEach(function (field) {
        var plain = field.value === '' || (field.name === 'period' && field.value === 'this-year');
        field.disabled = plain; // keeps the address short
      });
    });
    // A page brought back by the back button has its filters as they were sent.
    window.addEventListener('pageshow', function () {
      form.querySelectorAll('input').forEach(function (field) {
        field.disabled = false;
        field.value = field.defaultValue;
      });
      form.querySelectorAll('select').forEach(function (select) {
        select.disabled = false;
        var chosen = select.querySelector('option[selected]');
        if (chosen) { select.value = chosen.value; }
      });
    });
  }

  function fail(box) {
    box.classList.add('failed');
    box.textContent = box.dataset.failed;
    box.removeAttribute('role');
    box.dataset.state = 'failed';
  }

  function ask(box) {
    return fetch(box.dataset.chart, { credentials: 'same-origin' }).then(function (answer) {
      if (!answer.ok) { throw new Error('status ' + answer.status); }
      return answer.json();
    });
  }

  function element(name, kind, words) {
    var made = document.createElement(name);
    made.className = kind;
    if (words) { made.textContent = words; }
    return made;
  }

  // tip lists the figures under the pointer. It is built as elements, not as
  // markup with styles in it, which the content policy would refuse.
  function tip(written) {
    return function (params) {
      var points = Array.isArray(params) ? params : [params];
      var all = element('div', 'chart-tip-in');
      var said = points[0] && points[0].data && points[0].data.says;
      if (said) { all.appendChild(element('p', 'chart-tip-name', said)); return all; }
      if (points.length > 0) { all.appendChild(element('p', 'chart-tip-name', points[0].name || points[0].axisValueLabel)); }
      points.forEach(function (point) {
        var figure = written(point);
        if (!point.seriesName || figure === '–') { return; }
        var row = element('p', 'chart-tip-row');
        var dot = element('span', 'chart-tip-dot');
        dot.style.backgroundColor = point.color;
        row.appendChild(dot);
        row.appendChild(element('span', 'chart-tip-series', point.seriesName));
        row.appendChild(element('strong', '', figure));
        all.appendChild(row);
      });
      return all;
    };
  }

  // In the dark a chart keeps its meanings in the lighter inks of the style sheet.
  var dark = window.matchMedia && window.matchMedia('(prefers-color-scheme: dark)').matches;
  var inks = {
    '#2b2a28': '#ece7de', '#6b6660': '#aaa297', '#625d57': '#aaa297', '#e4dfd5': '#3b3833', '#faf8f4': '#1b1a18', '#ffffff': '#242320', '#fff': '#242320',
    '#9b2c2c': '#e08377', '#b7791f': '#d8a24a', '#2f7a6b': '#6cc0ac', '#2c4a7c': '#9db8e8', '#c9bfae': '#746d62',
    '#fffdf9': '#1b1a18'
  };

  function darken(value) {
    if (typeof value === 'string') { return inks[value.toLowerCase()] || value; }
    if (Array.isArray(value)) { return value.map(darken); }
    if (value && typeof value === 'object') {
      Object.keys(value).forEach(function (key) { value[key] = darken(value[key]); });
    }
    return value;
  }

  function draw(box, answer) {
    var option = khueFormat.revive(dark ? darken(answer.option) : answer.option);
    option.tooltip.renderMode = 'html';
    option.tooltip.className = 'chart-tip';
    option.tooltip.formatter = tip(option.tooltip.valueFormatter);
    var chart = echarts.init(box, null, { renderer: 'svg' });
    chart.setOption(option);
    box.dataset.state = 'drawn';
    if (!window.ResizeObserver) { return; }
    var width = box.clientWidth, height = box.clientHeight;
    new ResizeObserver(function () {
      if (box.clientWidth < 60 || (box.clientWidth === width && box.clientHeight === height)) { return; }
      width = box.clientWidth;
      height = box.clientHeight;
      chart.resize();
    }).observe(box);
  }

  // Labels are measured when a chart is laid out, so the letters come first.
  function letters() {
    if (!document.fonts || !document.fonts.load) { return Promise.resolve(); }
    var late = new Promise(function (done) { setTimeout(done, 1500); });
    var here = Promise.all([400, 600].map(function (weight) {
      return document.fonts.load(weight + ' 12px "Be Vietnam Pro"', 'aăệ');
    }));
    return Promise.race([here, late]).catch(function () {});
  }

  var boxes = Array.prototype.slice.call(document.querySelectorAll('[data-chart]'));
  var answers = boxes.map(function (box) { return ask(box).catch(function () { return null; }); });

  document.addEventListener('DOMContentLoaded', function () {
    document.querySelectorAll('[data-filters]').forEach(filters);
    letters().then(function () {
      boxes.forEach(function (box, i) {
        answers[i].then(function (answer) {
          if (!answer) { fail(box); return; }
          try { draw(box, answer); } catch (e) { fail(box); }
        });
      });
    });
  });
})();
