// Draws the charts of a page. Their figures are asked for at once; a chart is drawn
// when the reader comes near it, and the rest in the quiet afterwards, so that a
// phone shows the first screen without reading the charting library.
(function () {
  'use strict';

  var near = '50% 0px'; // half a screen ahead
  var quietAfter = 4000; // ms from when the page is whole until the rest is drawn

  function fail(box) {
    box.removeAttribute('aria-busy');
    box.classList.add('failed');
    box.textContent = box.dataset.failed;
    box.removeAttribute('role');
    box.dataset.state = 'failed';
  }

  function ask(box) {
    box.setAttribute('aria-busy', 'true');
    return fetch(box.dataset.chart, { credentials: 'same-origin' }).then(function (answer) {
      if (!answer.ok) { throw new Error('status ' + answer.status); }
      return answer.json();
    });
  }

  // tip lists the figures under the pointer. It is built as elements, not as
  // markup with styles in it, which the content policy would refuse.
  function tip(written) {
    return function (params) {
      var points = Array.isArray(params) ? params : [params];
      var all = khue.element('div', 'chart-tip-in');
      var said = points[0] && points[0].data && points[0].data.says;
      if (said) { all.appendChild(khue.element('p', 'chart-tip-name', said)); return all; }
      if (points.length > 0) { all.appendChild(khue.element('p', 'chart-tip-name', points[0].name || points[0].axisValueLabel)); }
      points.forEach(function (point) {
        var figure = written(point);
        if (!point.seriesName || figure === '–') { return; }
        var row = khue.element('p', 'chart-tip-row');
        var dot = khue.element('span', 'chart-tip-dot');
        dot.style.backgroundColor = point.color;
        row.appendChild(dot);
        row.appendChild(khue.element('span', 'chart-tip-series', point.seriesName));
        row.appendChild(khue.element('strong', '', figure));
        all.appendChild(row);
      });
      return all;
    };
  }

  // In the dark a chart keeps its meanings in the lighter inks of the style sheet.
  var inks = {
    '#2b2a28': '#ece7de', '#6b6660': '#aaa297', '#625d57': '#aaa297', '#e4dfd5': '#3b3833', '#faf8f4': '#1b1a18', '#ffffff': '#242320', '#fff': '#242320',
    '#9b2c2c': '#e08377', '#b7791f': '#d8a24a', '#2f7a6b': '#6cc0ac', '#2c4a7c': '#9db8e8', '#c9bfae': '#746d62',
    '#fffdf9': '#1b1a18',
    '#f3ddd3': '#55352e', '#e5b7a6': '#7d463b', '#d08a76': '#a65c4c', '#b5504b': '#cf7d69', '#7f1f23': '#efb5a4' // days of a calendar
  };

  function darken(value) {
    if (typeof value === 'string') { return inks[value.toLowerCase()] || value; }
    if (Array.isArray(value)) { return value.map(darken); }
    if (value && typeof value === 'object') {
      Object.keys(value).forEach(function (key) { value[key] = darken(value[key]); });
    }
    return value;
  }

  // Measures that grow with the letters when a chart is shown large.
  var measures = /^(fontSize|lineHeight|symbolSize|barMaxWidth|itemWidth|itemHeight|itemGap|distance|nameGap|padding|nodeGap|nodeWidth)$/;
  var frames = /^(left|right|top|bottom|width)$/;

  function enlarge(node, by, inside) {
    if (node === null || typeof node !== 'object') { return node; }
    Object.keys(node).forEach(function (key) {
      var value = node[key];
      var grows = measures.test(key) || (frames.test(key) && /^(grid|axisLabel|lineStyle|legend|label)$/.test(inside));
      if (grows && typeof value === 'number') {
        node[key] = value * by;
      } else if (grows && Array.isArray(value)) {
        node[key] = value.map(function (one) { return typeof one === 'number' ? one * by : one; });
      } else {
        enlarge(value, by, Array.isArray(node) ? inside : key);
      }
    });
    return node;
  }

  // ways are what leads on in a chart: an item may carry an address of this site.
  // Elsewhere on a month's column its items lead on as well where they all lead to
  // one place, since a line is too thin to hit. What leads nowhere has no pointer.
  function local(link) {
    return typeof link === 'string' && /^\/(?![\/\\])/.test(link) ? link : '';
  }

  function ways(box) {
    var chart = box.khueChart, zr = chart.getZr(), under = null; // the item under the pointer

    function columnAt(x, y) {
      var option = box.khueOption, grids = [].concat(option.grid || []);
      for (var g = 0; g < grids.length; g++) {
        if (!chart.containPixel({ gridIndex: g }, [x, y])) { continue; }
        var at = chart.convertFromPixel({ gridIndex: g }, [x, y]);
        var lying = axisOf(option.yAxis, g).type === 'category' && axisOf(option.xAxis, g).type !== 'category';
        return at && axisOf(lying ? option.yAxis : option.xAxis, g).type === 'category' ? Math.round(at[lying ? 1 : 0]) : -1;
      }
      return -1;
    }

    function axisOf(axes, grid) {
      return [].concat(axes || []).filter(function (axis) { return (axis.gridIndex || 0) === grid; })[0] || {};
    }

    function columnWay(x, y) {
      if (box.khueOption.tooltip && box.khueOption.tooltip.trigger !== 'axis') { return ''; } // its items are told one by one
      var column = columnAt(x, y), found = [];
      if (column < 0) { return ''; }
      box.khueOption.series.forEach(function (one) {
        var item = (one.data || [])[column];
        if (item && local(item.link) && found.indexOf(item.link) < 0) { found.push(item.link); }
      });
      return found.length === 1 ? found[0] : ''; // of several one has to hit the one meant
    }

    function wayAt(event) {
      return (under && local(under.link)) || columnWay(event.offsetX, event.offsetY);
    }

    function data(params) {
      if (params.componentType !== 'series' || params.dataType === 'edge') { return null; }
      var item = params.data && params.data.link ? params.data : null;
      return item || (params.data ? null : box.khueOption.series[params.seriesIndex]); // a line is hit between its points too
    }

    chart.on('mouseover', function (params) { under = data(params); });
    chart.on('mouseout', function () { under = null; });
    chart.on('click', function (params) { under = data(params); }); // a finger has no pointer before it touches
    zr.on('mousemove', function (event) { zr.setCursorStyle(wayAt(event) ? 'pointer' : 'default'); });
    zr.on('click', function (event) {
      var way = wayAt(event), real = event.event || {};
      under = null;
      if (!way) { return; }
      if (real.ctrlKey || real.metaKey) { window.open(way, '_blank', 'noopener'); } else { window.location.assign(way); }
    });
  }

  // optionOf is what the library draws of an answer: on paper always light.
  function optionOf(answer, paper) {
    var option = JSON.parse(JSON.stringify(answer.option));
    if (!paper && khue.dark()) { darken(option); }
    if (!paper && khue.scale !== 1) { enlarge(option, khue.scale, ''); }
    option = khueFormat.revive(option);
    if (paper || !option.tooltip) { return option; }
    option.tooltip.renderMode = 'html';
    option.tooltip.className = 'chart-tip';
    option.tooltip.formatter = tip(option.tooltip.valueFormatter);
    return option;
  }

  function draw(box, answer) {
    var chart = box.khueChart;
    box.khueAnswer = answer;
    if (!chart) {
      chart = box.khueChart = echarts.init(box, null, { renderer: 'svg' });
      follow(box);
      ways(box);
    }
    box.khueOption = optionOf(answer, false);
    chart.setOption(box.khueOption, true);
    box.removeAttribute('aria-busy');
    box.dataset.state = 'drawn';
  }

  // follow keeps a chart as large as its box.
  function follow(box) {
    if (!window.ResizeObserver) { return; }
    var width = box.clientWidth, height = box.clientHeight;
    new ResizeObserver(function () {
      if (document.documentElement.classList.contains('printing')) { return; } // paper makes the drawing smaller as a whole
      if (box.clientWidth < 60 || (box.clientWidth === width && box.clientHeight === height)) { return; }
      width = box.clientWidth;
      height = box.clientHeight;
      box.khueChart.resize();
    }).observe(box);
  }

  // Labels are measured when a chart is laid out, so the letters come first.
  var lettersCame = false;

  function letters() {
    if (!document.fonts || !document.fonts.load) { lettersCame = true; return Promise.resolve(); }
    var late = new Promise(function (done) { setTimeout(done, 1500); });
    var here = Promise.all([400, 600].map(function (weight) {
      return document.fonts.load(weight + ' 12px "Be Vietnam Pro"', 'aăệ');
    }));
    return Promise.race([here, late]).catch(function () {}).then(function () { lettersCame = true; });
  }

  // library is the charting library, fetched the first time it is needed.
  var fetched = null;

  function library() {
    if (!fetched) {
      fetched = new Promise(function (done, failed) {
        var script = document.createElement('script');
        script.src = document.querySelector('meta[name=khue-charts]').content;
        script.onload = done;
        script.onerror = function () { fetched = null; failed(new Error('no charting library')); };
        document.head.appendChild(script);
      });
    }
    return fetched;
  }

  // Charts that have not been drawn, in the order of the page.
  var waiting = [], drawing = false, watch = null;

  // leave takes a chart out of them; false when another has done so before.
  function leave(box) {
    var there = waiting.indexOf(box) >= 0;
    waiting = waiting.filter(function (one) { return one !== box; });
    if (watch) { watch.unobserve(box); }
    return there;
  }

  // next draws the first that is wanted and whose figures have come, and lets the
  // browser do other things before the one after. One that is slow holds up no other.
  function next() {
    waiting.forEach(function (box) { if (!box.isConnected) { leave(box); } }); // news may have exchanged it
    var box = waiting.filter(function (one) { return one.khueWanted && one.khueCame; })[0];
    drawing = Boolean(box);
    if (!box) { return; }
    // It waits until it is drawn: paper may want it before.
    Promise.all([box.khueAsked, library(), letters()])
      .then(function (all) { if (leave(box)) { draw(box, all[0]); } })
      .catch(function () { leave(box); fail(box); })
      .then(function () { setTimeout(next, 0); });
  }

  function go() { if (!drawing) { next(); } }

  function want(boxes) {
    boxes.forEach(function (box) { box.khueWanted = true; });
    go();
  }

  // later draws what nobody has come near.
  function later() { want(waiting.slice()); }

  // drawRest draws all that waits, as paper needs it: at once, of what has come.
  function drawRest() {
    want(waiting.slice());
    if (!window.echarts || !lettersCame) { return; } // the next that are drawn wait for them
    waiting.filter(function (box) { return box.khueFigures; }).forEach(function (box) {
      leave(box);
      try { draw(box, box.khueFigures); } catch (e) { fail(box); }
    });
  }

  // load asks for the figures of charts and has each drawn in its time.
  function load(boxes) {
    boxes.forEach(function (box) {
      box.khueAsked = ask(box).then(function (answer) { return (box.khueFigures = answer); });
      waiting.push(box);
      box.khueAsked.catch(function () { /* told when its turn comes */ }).then(function () {
        box.khueCame = true;
        go();
      });
    });
    if (!window.IntersectionObserver) { want(boxes); return; }
    watch = watch || new IntersectionObserver(function (seen) {
      want(seen.filter(function (one) { return one.isIntersecting; }).map(function (one) { return one.target; }));
    }, { rootMargin: near });
    boxes.forEach(function (box) { watch.observe(box); });
  }

  // redraw draws what is drawn again, after the light or the size has changed.
  function redraw() {
    document.querySelectorAll('[data-state=drawn]').forEach(function (box) {
      if (box.khueAnswer) { draw(box, box.khueAnswer); }
    });
  }

  khue.ask = ask;
  khue.draw = draw;
  khue.drawRest = drawRest;
  khue.fail = fail;
  khue.letters = letters;
  khue.library = library;
  khue.load = load;
  khue.optionOf = optionOf;
  khue.redraw = redraw;

  document.addEventListener('DOMContentLoaded', function () {
    load(Array.prototype.slice.call(document.querySelectorAll('[data-chart]')));
  });
  window.addEventListener('load', function () {
    setTimeout(function () {
      if (window.requestIdleCallback) { requestIdleCallback(later, { timeout: 2000 }); } else { later(); }
    }, quietAfter);
  });
  document.addEventListener('khue:paper', drawRest);
  document.addEventListener('khue:theme', redraw);
})();
