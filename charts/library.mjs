// The charting library with the kinds of chart that this program draws, and no
// others: a phone has to read and run all that is in it. What is left out fails
// aloud in TestEveryChartIsDrawnAsTheWholeLibraryDrawsIt. Built by dashboards/vendor.mjs.
import { use } from 'echarts/core';
import { BarChart, HeatmapChart, LineChart, SankeyChart, ScatterChart } from 'echarts/charts';
import {
  CalendarComponent, GridComponent, LegendPlainComponent, MarkAreaComponent, MarkLineComponent, MarkPointComponent,
  TitleComponent, TooltipComponent, VisualMapPiecewiseComponent,
} from 'echarts/components';
import { LabelLayout, LegacyGridContainLabel } from 'echarts/features';
import { CanvasRenderer, SVGRenderer } from 'echarts/renderers';

use([
  BarChart, HeatmapChart, LineChart, SankeyChart, ScatterChart,
  CalendarComponent, GridComponent, LegendPlainComponent, MarkAreaComponent, MarkLineComponent, MarkPointComponent,
  TitleComponent, TooltipComponent, VisualMapPiecewiseComponent,
  LabelLayout, LegacyGridContainLabel, // labels that make room for each other, and grids that make room for labels
  CanvasRenderer, SVGRenderer,
]);

export { init, setPlatformAPI, version } from 'echarts/core';
