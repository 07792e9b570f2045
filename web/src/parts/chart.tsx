// A line chart. Lines differ in dash and marker as well as in colour, and their colours come from
// the style sheet, so that both themes have their own.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { useStore } from '../store';
import { painted } from '../theme';

export interface Line {
  label: string;
  values: (number | null)[];
  tone: number; // which of the eight line colours
  dash?: number[];
  points?: boolean;
  format: (value: number) => string;
}

export interface ChartProps {
  x: number[];
  xLabel: string;
  xFormat: (value: number) => string;
  yLabel: string;
  yFormat: (value: number) => string;
  lines: Line[];
  height?: number;
  xSpace?: number; // pixels that one label needs
  fromZero?: boolean; // the vertical axis begins at 0
  marker?: { at: number; label: string } | null;
  describe: string;
}

const dashes: number[][] = [[], [6, 3], [2, 3], [8, 3, 2, 3], [12, 4], [4, 4], [1, 3], [10, 2, 2, 2, 2, 2]];

export function dashOf(index: number): number[] {
  return dashes[index % dashes.length] ?? [];
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function axis(label: string, format: (value: number) => string, space?: number): uPlot.Axis {
  const faint = colour('--faint');
  const line = { stroke: colour('--line'), width: 1 };
  return {
    label, labelSize: 18, labelFont: '12px system-ui, sans-serif', font: '12px system-ui, sans-serif', labelGap: 0,
    stroke: faint, grid: line, ticks: { ...line, size: 4 }, values: (_self, values) => values.map((each) => (each === null ? '' : format(each))),
    ...(space ? { space } : {}),
  };
}

function options(props: ChartProps, width: number): uPlot.Options {
  const marker = props.marker;
  return {
    width, height: props.height ?? 260, pxAlign: true,
    padding: [10, 34, 0, 0],
    scales: { x: { time: false }, ...(props.fromZero ? { y: { range: (_self, _low, high): [number, number] => [0, high * 1.08] } } : {}) },
    cursor: { drag: { x: true, y: false }, points: { size: 7 } },
    legend: { live: true },
    axes: [
      { ...axis(props.xLabel, props.xFormat, props.xSpace), size: 30, incrs: [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000] },
      { ...axis(props.yLabel, props.yFormat), size: 54 },
    ],
    series: [
      { label: props.xLabel, value: (_self, value) => (value === null || value === undefined ? '–' : props.xFormat(value)) },
      ...props.lines.map((line): uPlot.Series => ({
        label: line.label, stroke: colour(`--s${line.tone % 8}`), width: 1.75, dash: line.dash ?? [], spanGaps: true,
        points: { show: line.points ?? false, size: 5 },
        value: (_self, value) => (value === null || value === undefined ? '–' : line.format(value)),
      })),
    ],
    hooks: {
      draw: [
        (plot) => {
          if (!marker) return;
          const at = Math.round(plot.valToPos(marker.at, 'x', true));
          if (at < plot.bbox.left || at > plot.bbox.left + plot.bbox.width) return;
          const paint = plot.ctx;
          paint.save();
          paint.strokeStyle = colour('--faint');
          paint.fillStyle = colour('--faint');
          paint.setLineDash([4, 4]);
          paint.beginPath();
          paint.moveTo(at, plot.bbox.top);
          paint.lineTo(at, plot.bbox.top + plot.bbox.height);
          paint.stroke();
          paint.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
          paint.textAlign = 'left';
          paint.fillText(marker.label, at + 5 * devicePixelRatio, plot.bbox.top + 12 * devicePixelRatio);
          paint.restore();
        },
      ],
    },
  };
}

// The legend shows each line as it is drawn, dash and all; the library would show its colour alone.
function drawMarkers(plot: uPlot, lines: Line[]): void {
  const markers = [...plot.root.querySelectorAll('.u-legend .u-series:not(:first-child) .u-marker')];
  lines.forEach((line, index) => {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', '0 0 32 8');
    const stroke = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    stroke.setAttribute('d', 'M0 4H32');
    stroke.setAttribute('stroke', colour(`--s${line.tone % 8}`));
    stroke.setAttribute('stroke-width', '2');
    stroke.setAttribute('stroke-dasharray', (line.dash ?? []).join(' '));
    svg.append(stroke);
    markers[index]?.replaceChildren(svg);
  });
}

export function Chart(props: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const repaint = useStore(painted);
  useEffect(() => {
    const here = box.current;
    if (here === null) return;
    const data: uPlot.AlignedData = [props.x, ...props.lines.map((line) => line.values)];
    const plot = new uPlot(options(props, Math.max(200, here.clientWidth)), data, here);
    drawMarkers(plot, props.lines);
    const watch = new ResizeObserver(() => {
      const width = Math.max(200, here.clientWidth);
      if (width !== plot.width) plot.setSize({ width, height: props.height ?? 260 });
    });
    watch.observe(here);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [props.x, props.lines, props.marker?.at, props.xLabel, props.yLabel, props.height, repaint]);
  return <div class="chart" role="img" aria-label={props.describe} ref={box} />;
}
