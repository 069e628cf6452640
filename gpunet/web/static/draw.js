// The page: what is drawn goes to the program, its answers come back, one at a time.

import { request } from "./asking.js";
import { Digits } from "./digits.js";
import { takeFiles } from "./files.js";
import { Guesses, percent } from "./guesses.js";
import { Layers, showImage, unpack } from "./layers.js";
import { Sheet } from "./sheet.js";
import { offerSamples } from "./writing.js";

const $ = (id) => document.getElementById(id);
const dark = matchMedia("(prefers-color-scheme: dark)");

const layers = new Layers($("layers"));
const sheet = new Sheet($("sheet"), changed);
const digits = new Digits({ canvas: $("sheet"), over: $("boxes"), group: $("digits") }, changed);
const guesses = new Guesses($("guesses"), 3);

let network = null; // the chosen one, as the program describes it; null while it is loaded
let number = 0; // by which the program knows it
let since = null; // when that happened which is not answered yet
let asking = false;
let pending = false; // a frame that has been asked for
let photograph; // that on the sheet, if there is one
let reader = null; // the network that has found its digits
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
  notice();
  if (sheet.marks.length === 0) {
    since = null;
    say("");
    show(null);
  } else if (network && !asking) {
    ask();
  }
}

// Whether another photograph lies there, or none any more.
function notice() {
  if (sheet.photograph === photograph) return;
  photograph = sheet.photograph;
  reader = null;
  digits.chosen = 0;
  digits.show(null);
  if (photograph) {
    say("");
    show(null);
  }
}

async function ask() {
  asking = true;
  while (network && since !== null && sheet.marks.length) {
    notice();
    const [began, asked, lying] = [since, network, photograph];
    since = null;
    // Meanwhile the sheet may be changed, or another network chosen.
    const current = () => asked === network && lying === sheet.photograph && sheet.marks.length > 0;
    try {
      if (lying && reader !== asked) {
        $("busy").textContent = "Reading the photograph…";
        const found = await request(`${asked.path}/photograph`, lying);
        if (!current()) continue;
        reader = asked;
        digits.show(found);
      }
      const chosen = digits.chosen;
      const answer = lying
        ? await request(`${asked.path}/digit`, unpack(digits.found[chosen].seen))
        : await request(`${asked.path}/drawing`, sheet.bytes());
      if (!current()) continue;
      say("");
      show(answer, chosen);
      if (!lying) requestAnimationFrame(() => time(performance.now() - began));
    } catch (error) {
      if (since !== null || !current()) continue;
      show(null);
      say(error.message);
    } finally {
      $("busy").textContent = "";
    }
  }
  asking = false;
}

// An answer, which of a photograph is that about the digit with this number; null for none.
function show(answer, place = 0) {
  guesses.show(answer && answer.guesses);
  if (network) showImage($("seen"), network.shape, answer && unpack(answer.seen));
  layers.update(answer && answer.layers);
  const best = answer?.guesses[0];
  const words = best ? `${best.label}, ${percent(best.probability)}` : "nothing yet";
  const one = digits.several && best ? `digit ${place + 1} of ${digits.found.length}` : "";
  $("which").textContent = one && `: ${one}`;
  $("seen").setAttribute("aria-label", `What the network sees: ${words}`);
  $("sheet").setAttribute("aria-label", describeSheet());
  // Spoken when the pen rests, not at each of its movements.
  clearTimeout(speaking);
  const sentence = one ? `It reads ${digits.text}; ${one} is ${words}` : `It reads ${words}`;
  speaking = setTimeout(() => ($("spoken").textContent = best ? sentence : ""), 600);
}

function describeSheet() {
  if (digits.several) return `Photograph of ${digits.found.length} digits, which read ${digits.text}`;
  if (photograph) return "Photograph";
  return `Paper to draw on, ${sheet.marks.length ? "drawn on" : "empty"}`;
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
  digits.show(null);
  try {
    const described = await request(`/networks/${chosen}`);
    if (chosen !== number) return;
    network = { ...described, path: `/networks/${chosen}` };
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

function put(file, bitmap) {
  sheet.put([{ photograph: file, bitmap }]);
  changed(performance.now());
}

offerSamples($("samples"), sheet);
takeFiles({ button: $("choose"), input: $("file"), paper: $("sheet").parentElement }, put, say);
$("undo").addEventListener("click", () => sheet.undo());
$("clear").addEventListener("click", () => {
  sheet.put([]);
  changed(performance.now());
});
$("network").addEventListener("change", ({ target }) => choose(Number(target.value)));
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key === "z") {
    event.preventDefault();
    sheet.undo();
  }
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
