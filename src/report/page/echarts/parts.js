// The parts of Apache ECharts that pages of portcullis use, as one global `echarts`.
import { use } from "echarts/core";
import { BarChart, TreemapChart } from "echarts/charts";
import {
  AriaComponent,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  TooltipComponent,
  VisualMapComponent,
} from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";

export { init } from "echarts/core";

use([
  AriaComponent,
  BarChart,
  CanvasRenderer,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  TooltipComponent,
  TreemapChart,
  VisualMapComponent,
]);
