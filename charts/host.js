// What the charting library expects of its surroundings, and one function that
// turns an option into SVG text.
var console = { log: function () {}, warn: function () {}, error: function () {} };
function setTimeout() { return 0; }
function clearTimeout() {}

function khueStart() {
  echarts.setPlatformAPI({
    measureText: function (text, font) { return { width: khueMeasure(String(text), String(font || '')) }; }
  });
}

function khueRender(json, width, height) {
  var option = khueFormat.revive(JSON.parse(json));
  option.animation = false;
  delete option.toolbox;
  delete option.dataZoom;
  delete option.tooltip;
  var chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: width, height: height });
  try {
    chart.setOption(option);
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}
