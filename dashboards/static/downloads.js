// Pictures of charts, and addresses to hand on. A picture is drawn anew on a
// canvas nobody sees, with its title above and its source below, on white.
(function () {
  'use strict';

  var margin = 28, sharp = 2;
  var family = '"Be Vietnam Pro", sans-serif';
  var ink = '#2b2a28', quiet = '#6b6660';

  // lines breaks a text into lines of at most so many pixels.
  function lines(pen, words, font, width) {
    var out = [], line = '';
    pen.font = font;
    words.split(/\s+/).forEach(function (word) {
      var longer = line ? line + ' ' + word : word;
      if (line && pen.measureText(longer).width > width) {
        out.push(line);
        longer = word;
      }
      line = longer;
    });
    if (line) { out.push(line); }
    return out;
  }

  // chartOn draws an answer as a picture of the chart alone.
  function chartOn(answer, width, height) {
    var canvas = document.createElement('canvas');
    var chart = echarts.init(canvas, null, { renderer: 'canvas', devicePixelRatio: sharp, width: width, height: height });
    var option = khue.optionOf(answer, true);
    option.animation = false;
    if (option.tooltip) { option.tooltip.show = false; }
    chart.setOption(option);
    var drawn = chart.renderToCanvas({ pixelRatio: sharp, backgroundColor: '#ffffff' });
    chart.dispose();
    return drawn;
  }

  function compose(answer, width, height) {
    var canvas = document.createElement('canvas');
    var pen = canvas.getContext('2d');
    var texts = [];
    var y = margin;
    function put(words, weight, size, line, colour) {
      var font = weight + ' ' + size + 'px ' + family;
      lines(pen, words || '', font, width).forEach(function (one) {
        texts.push({ words: one, font: font, colour: colour, y: y + size });
        y += line;
      });
    }
    put(answer.title, 600, 19, 27, ink);
    put(answer.measure, 400, 13, 20, quiet);
    var top = y + 10;
    y = top + height + 14;
    (answer.foot || []).forEach(function (line) { put(line, 400, 12, 18, quiet); });
    canvas.width = (width + 2 * margin) * sharp;
    canvas.height = (y + margin - 6) * sharp;
    pen.scale(sharp, sharp);
    pen.fillStyle = '#ffffff';
    pen.fillRect(0, 0, canvas.width, canvas.height);
    texts.forEach(function (text) {
      pen.font = text.font;
      pen.fillStyle = text.colour;
      pen.fillText(text.words, margin, text.y);
    });
    pen.drawImage(chartOn(answer, width, height), margin, top, width, height);
    return canvas;
  }

  function keep(canvas, name) {
    canvas.toBlob(function (blob) {
      var link = document.createElement('a');
      link.href = URL.createObjectURL(blob);
      link.download = name;
      link.click();
      setTimeout(function () { URL.revokeObjectURL(link.href); }, 30000);
    }, 'image/png');
  }

  // takeDrawing turns a drawing that the server makes into a picture.
  function takeDrawing(button) {
    var image = new Image();
    image.onload = function () {
      var canvas = document.createElement('canvas'), pen = canvas.getContext('2d');
      canvas.width = image.naturalWidth * sharp;
      canvas.height = image.naturalHeight * sharp;
      pen.drawImage(image, 0, 0, canvas.width, canvas.height);
      keep(canvas, button.dataset.png);
      khue.say(button.dataset.done || '');
    };
    image.src = button.dataset.of;
  }

  // picture is as wide as a chart on a desk, whatever the screen, and as high as
  // the chart on this page asks for.
  function picture(button) {
    var card = button.closest('section');
    if (button.dataset.of) { takeDrawing(button); return; }
    var box = card && card.querySelector('[data-chart]');
    if (!box) { return; }
    var width = Math.max(box.clientWidth, 900), height = Math.max(box.clientHeight, 320);
    var answer = box.khueAnswer ? Promise.resolve(box.khueAnswer) : khue.ask(box);
    Promise.all([answer, khue.letters(), khue.library()]).then(function (all) {
      keep(compose(all[0], width, height), button.dataset.png);
      khue.say(button.dataset.done || '');
    }).catch(function () { khue.say(box.dataset.failed); });
  }

  function copied(link) {
    var words = link.textContent;
    khue.say(link.dataset.copied);
    link.textContent = link.dataset.copied;
    setTimeout(function () { link.textContent = words; }, 2500);
  }

  document.addEventListener('click', function (event) {
    var button = event.target.closest('[data-png]');
    if (button) { picture(button); return; }
    var link = event.target.closest('a[data-copied]');
    // A click that opens the address elsewhere is left alone, and so is a browser without a clipboard.
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !navigator.clipboard) { return; }
    event.preventDefault();
    navigator.clipboard.writeText(link.href).then(function () { copied(link); }, function () { location.href = link.href; });
  });
})();
