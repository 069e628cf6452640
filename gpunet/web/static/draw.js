// The page: what is drawn goes to the program, its answers come back, one at a time.

import { Layers, showImage, unpack } from "./layers.js";
import { SAMPLES } from "./samples.js";
import { Sheet, SIDE } from "./sheet.js";

const $ = (id) => document.getElementById(id);
const MOST_BYTES = 25_000_000;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const dark = matchMedia("(prefers-color-scheme: dark)");

const layers = new Layers($("layers"));
const sheet = new Sheet($("sheet"), changed);
const rows = [...$("guesses").children];

let network = null; // the chosen one, as the program describes it; null while it is loaded
let number = 0; // by which the program knows it
let since = null; // when that happened which is not answered yet
let asking = false;
let pending = false; // a frame that has been asked for
let drawing = 0; // counts the samples, so that a newer one ends an older one
let speaking = 0;
const delays = [];

// Whatever changes on the sheet comes here; it is shown, and sent, at the next frame.
function changed(time) {
  since ??= time;
  if (pending) return;
  pending = true;
  requestAnimationFrame(() => {
    pending = false;
    refresh();
  });
}

function refresh() {
  sheet.show(getComputedStyle(document.documentElement).getPropertyValue("--ink"));
  $("invitation").hidden = sheet.marks.length > 0;
  $("undo").disabled = sheet.past.length === 0;
  $("clear").disabled = sheet.marks.length === 0;
  if (sheet.marks.length === 0) {
    since = null;
    say("");
    show(null);
  } else if (network && !asking) {
    ask();
  }
}

async function ask() {
  asking = true;
  try {
    while (network && since !== null && sheet.marks.length) {
      const [began, marks, asked] = [since, sheet.marks, number];
      since = null;
      const photograph = sheet.photograph;
      const answer = await request(
        `/networks/${asked}/${photograph ? "photograph" : "drawing"}`,
        photograph ?? sheet.bytes(),
      );
      // Meanwhile the sheet may have been cleared, or another network chosen.
      if (asked !== number || !network || sheet.marks.length === 0) continue;
      say("");
      show(answer);
      if (!photograph && marks.length) requestAnimationFrame(() => time(performance.now() - began));
    }
  } catch (error) {
    since = null;
    show(null);
    say(error.message);
  }
  asking = false;
}

async function request(path, body) {
  let response;
  try {
    response = await fetch(path, body ? { method: "POST", body } : {});
  } catch {
    throw new Error("The program does not answer. Is it still running?");
  }
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

function show(answer) {
  rows.forEach((row, place) => {
    const guess = answer?.guesses[place];
    const [label, track, share] = row.children;
    row.hidden = Boolean(answer) && !guess;
    label.textContent = guess ? guess.label : "–";
    track.firstElementChild.style.transform = `scaleX(${guess ? guess.probability : 0})`;
    share.textContent = guess ? percent(guess.probability) : "";
  });
  if (network) showImage($("seen"), network.shape, answer && unpack(answer.seen));
  layers.update(answer && answer.layers);
  const best = answer?.guesses[0];
  const words = best ? `${best.label}, ${percent(best.probability)}` : "nothing yet";
  $("seen").setAttribute("aria-label", `What the network sees: ${words}`);
  $("sheet").setAttribute("aria-label", `Paper to draw on, ${best ? "drawn on" : "empty"}`);
  // Spoken when the pen rests, not at each of its movements.
  clearTimeout(speaking);
  speaking = setTimeout(() => ($("spoken").textContent = best ? `It reads ${words}` : ""), 600);
}

function percent(share) {
  const text = (100 * share).toFixed(1);
  return `${text === "100.0" && share < 1 ? "99.9" : text} %`;
}

function say(message) {
  if ($("message").textContent !== message) $("message").textContent = message;
}

// From pen to bars: the middle one of the last delays.
function time(delay) {
  delays.push(delay);
  if (delays.length > 31) delays.shift();
  const middle = [...delays].sort((a, b) => a - b)[delays.length >> 1];
  $("speed").textContent = `From pen to bars: ${Math.max(1, Math.round(middle))} ms.`;
  $("speed").dataset.delays = delays.map((each) => each.toFixed(1)).join(" ");
}

async function choose(chosen) {
  number = chosen;
  network = null;
  try {
    const described = await request(`/networks/${chosen}`);
    if (chosen !== number) return;
    network = described;
  } catch (error) {
    if (chosen !== number) return;
    layers.begin([], []);
    $("about").textContent = "";
    show(null);
    say(error.message);
    return;
  }
  say("");
  history.replaceState(null, "", `?network=${chosen}`);
  $("seen-size").textContent = `(${network.shape.join(" × ")} pixels)`;
  $("about").textContent = about(network);
  const negative = network.layers.some(({ activation }) => !/relu|sigmoid|softmax/.test(activation));
  $("legend").firstElementChild.hidden = !negative;
  $("legend").lastElementChild.textContent = negative ? "positive" : "active";
  $("legend").classList.toggle("one-sided", !negative);
  layers.begin(network.layers, network.classes);
  show(null);
  changed(performance.now());
}

function about({ name, networks, data, accuracy, finished }) {
  const which = networks > 1 ? `${name} is ${networks} networks that decide jointly` : name;
  const trained = networks > 1 ? `, trained on ${data}; the layers are those of the first` : ` was trained on ${data}`;
  const right = accuracy === null ? "" : `, and has ${(100 * accuracy).toFixed(2)} % of its test images right`;
  return `${which}${trained}${right}.${finished ? "" : " Its training has not finished."}`;
}

async function read(file) {
  if (!file) return;
  if (file.size > MOST_BYTES) {
    say(`This file is larger than ${MOST_BYTES / 1e6} million bytes; make the picture smaller.`);
    return;
  }
  // What this browser cannot show, the program may still be able to read.
  const bitmap = await createImageBitmap(file).catch(() => null);
  drawing++;
  sheet.put([{ photograph: file, bitmap }]);
  changed(performance.now());
}

// Writes a digit on an empty sheet, at a pen's pace.
async function write(digit) {
  const mine = ++drawing;
  const mark = { lines: [] };
  sheet.put([mark]);
  for (const line of SAMPLES[digit]) {
    const points = finely(line).map((point) => point.map((part) => (part * SIDE) / 100));
    const drawn = [];
    for (const point of points) {
      drawn.push(point);
      if (drawn.length === 1) mark.lines.push(drawn);
      changed(performance.now());
      if (!calm.matches) await new Promise((go) => setTimeout(go, 12));
      if (mine !== drawing || !sheet.marks.includes(mark)) return;
    }
  }
}

// A smooth line through the points (Catmull and Rom's), in steps small enough to be watched.
function finely(line) {
  const steps = [0.25, 0.5, 0.75, 1];
  const between = line.slice(1).flatMap((end, i) => {
    const points = [line[i - 1] ?? line[i], line[i], end, line[i + 2] ?? end];
    return steps.map((t) => [0, 1].map((axis) => along(t, ...points.map((point) => point[axis]))));
  });
  return [line[0], ...between];
}

function along(t, before, from, to, after) {
  const bend = 2 * before - 5 * from + 4 * to - after;
  return from + (t / 2) * (to - before + t * (bend + t * (3 * (from - to) + after - before)));
}

SAMPLES.forEach((_, digit) => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = digit;
  button.setAttribute("aria-label", `Draw a ${digit}`);
  button.addEventListener("click", () => write(digit));
  $("samples").append(button);
});
$("undo").addEventListener("click", () => sheet.undo());
$("clear").addEventListener("click", () => {
  sheet.put([]);
  changed(performance.now());
});
$("choose").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", ({ target }) => {
  read(target.files[0]);
  target.value = "";
});
$("network").addEventListener("change", ({ target }) => choose(Number(target.value)));
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key === "z") {
    event.preventDefault();
    sheet.undo();
  }
});
document.addEventListener("paste", (event) => {
  const file = [...event.clipboardData.files].find(({ type }) => type.startsWith("image/"));
  if (file) read(file);
  else say("There is no picture on the clipboard.");
});
const paper = document.querySelector(".sheet");
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  paper.classList.add("over");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) paper.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  paper.classList.remove("over");
  read(event.dataTransfer.files[0]);
});
dark.addEventListener("change", () => {
  layers.paint();
  refresh();
});

try {
  const { names } = await request("/networks");
  $("network").replaceChildren(...names.map((name, value) => new Option(name, value)));
  const asked = Number(new URLSearchParams(location.search).get("network") ?? 0);
  const first = asked in names ? asked : 0;
  $("network").value = first;
  await choose(first);
} catch (error) {
  say(error.message);
}
