// Accuracy and cost against epochs: those of now, and faintly the validation's of the training before.

const SPACE = "http://www.w3.org/2000/svg";
const HEIGHT = 180;
const EDGE = { left: 46, right: 8, top: 8, bottom: 24 };
const MOST = 500;

export class Curves {
  constructor(place) {
    this.charts = [
      new Chart("Accuracy", (figures) => figures.accuracy, (value) => `${+(100 * value).toFixed(1)} %`),
      new Chart("Cost", (figures) => figures.cost, (value) => `${+value.toPrecision(3)}`),
    ];
    place.replaceChildren(legend(), ...this.charts.map(({ box }) => box));
    this.points = [];
    this.before = [];
    new ResizeObserver(() => this.paint()).observe(place);
  }

  // A new training; what was seen of the last one stays as a trace.
  begin() {
    if (this.points.length > 2) this.before = this.points;
    this.points = [];
    this.paint();
  }

  add({ epochs, training, validation }) {
    if (this.points.length && epochs <= this.points.at(-1).epochs) {
      this.points = this.points.filter((point) => point.epochs < epochs);
    }
    this.points.push({ epochs, training, validation });
    // Every other one is given up, but the first and the last.
    if (this.points.length > MOST) this.points = this.points.filter((_, i) => i % 2 === 0 || i === MOST);
    this.paint();
  }

  paint() {
    document.getElementById("trace").hidden = this.before.length === 0;
    for (const chart of this.charts) chart.paint(this.points, this.before);
  }
}

class Chart {
  constructor(name, value, written) {
    Object.assign(this, { name, value, written });
    this.box = document.createElement("figure");
    this.box.className = "chart";
    const title = document.createElement("figcaption");
    title.textContent = name;
    this.svg = draw("svg", { height: HEIGHT, role: "img" });
    this.axes = draw("g", { class: "axes" });
    this.lines = ["before", "training", "validation"].map((which) => draw("polyline", { class: which }));
    this.svg.append(this.axes, ...this.lines);
    this.box.append(title, this.svg);
  }

  paint(points, before) {
    const width = this.svg.clientWidth;
    const shown = [...points.flatMap(({ training, validation }) => [training, validation])];
    const values = shown.map(this.value).filter((value) => value !== null);
    const last = Math.max(1, points.at(-1)?.epochs ?? 0);
    const past = before.filter(({ epochs }) => epochs <= last);
    const range = this.name === "Cost" ? costs(values) : accuracies(values);
    const x = (epochs) => EDGE.left + (epochs / last) * (width - EDGE.left - EDGE.right);
    const share = (value) => Math.min(1, Math.max(0, (value - range[0]) / (range[1] - range[0])));
    const y = (value) => HEIGHT - EDGE.bottom - share(value) * (HEIGHT - EDGE.top - EDGE.bottom);
    const traced = [
      [past, "validation"],
      [points, "training"],
      [points, "validation"],
    ];
    this.lines.forEach((line, i) => {
      const [through, which] = traced[i];
      const known = through.filter((point) => this.value(point[which]) !== null);
      const places = known.map((point) => `${x(point.epochs).toFixed(1)},${y(this.value(point[which])).toFixed(1)}`);
      line.setAttribute("points", places.join(" "));
    });
    this.frame(range, last, width, x, y);
    const now = points.at(-1);
    const said = now ? `: validation ${this.say(now.validation)}, training ${this.say(now.training)}` : "";
    this.svg.setAttribute("aria-label", `${this.name} over ${+last.toFixed(1)} epochs${said}`);
  }

  say(figures) {
    const value = this.value(figures);
    return value === null ? "not a number" : this.written(value);
  }

  frame([low, high], last, width, x, y) {
    const marks = [];
    for (const value of ticks(low, high, 4)) {
      marks.push(draw("line", { x1: EDGE.left, x2: width - EDGE.right, y1: y(value), y2: y(value) }));
      marks.push(text(this.written(value), { x: EDGE.left - 6, y: y(value) + 4, "text-anchor": "end" }));
    }
    for (const value of ticks(0, last, 6)) {
      const anchor = value === last ? "end" : "middle";
      marks.push(text(`${+value.toFixed(3)}`, { x: x(value), y: HEIGHT - 6, "text-anchor": anchor }));
    }
    this.axes.replaceChildren(...marks);
  }
}

// From a round number to 100 %: what is below was passed quickly, and later swings are to be seen.
function accuracies(values) {
  const low = quantile(values, 0.2) ?? 0;
  const room = [0.02, 0.05, 0.1, 0.2, 0.5].find((each) => 1 - low <= each * 0.9);
  return [room ? 1 - room : 0, 1];
}

function costs(values) {
  const high = Math.max(...values, 0);
  const most = Math.min(high * 1.05, (quantile(values, 0.8) ?? 0) * 2);
  return [0, most || 1];
}

function quantile(values, share) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)];
}

// Round numbers from one to another, as many as asked for or a few less.
function ticks(low, high, most) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((each) => each * power >= rough);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, i) => (first + i) * step);
}

function legend() {
  const list = document.createElement("ul");
  list.className = "keys";
  const keys = [
    ["validation", "validation images"],
    ["training", "training images"],
    ["before", "validation, with the settings before"],
  ];
  for (const [which, words] of keys) {
    const item = document.createElement("li");
    const sample = draw("svg", { viewBox: "0 0 28 8", "aria-hidden": "true" });
    sample.append(draw("polyline", { class: which, points: "1,4 27,4" }));
    item.append(sample, words);
    if (which === "before") Object.assign(item, { id: "trace", hidden: true });
    list.append(item);
  }
  return list;
}

function draw(kind, attributes) {
  const element = document.createElementNS(SPACE, kind);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function text(words, attributes) {
  const element = draw("text", attributes);
  element.textContent = words;
  return element;
}
