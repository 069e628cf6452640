// The page: settings go to the program, pictures of the network as it learns come back.

import { ask, linesOf, request } from "./asking.js";
import { Controls } from "./controls.js";
import { Curves } from "./curves.js";
import { Guesses, percent } from "./guesses.js";
import { Layers, showImage, unpack } from "./layers.js";
import { Sheet } from "./sheet.js";
import { Weights, Wrong } from "./tiles.js";

const $ = (id) => document.getElementById(id);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const dark = matchMedia("(prefers-color-scheme: dark)");
const BUTTONS = ["play", "step", "epoch", "restart", "previous", "next"];
// For those who want it calm, milliseconds from one picture to the next while it trains.
const CALM = 1000;

const curves = new Curves($("curves"));
const guesses = new Guesses($("guesses"), 3);
const layers = new Layers($("layers"));
const weightsPlace = document.createElement("canvas");
$("weights").append(weightsPlace);
weightsPlace.setAttribute("role", "img");
weightsPlace.setAttribute("aria-label", "The weights into the first neurons");
const weights = new Weights(weightsPlace);
const wrong = new Wrong($("wrong"), (place) => look(place));
const sheet = new Sheet($("sheet"), drawn);

let training = null; // the one that is watched: what the program says of it
let stop = null; // ends the one that is watched
let going = false;
let told = ""; // what the program last said of it
let place = 0; // of the image looked at; null for a drawing
let painted = 0;
let pending = false;
let asking = false;
let again = false;

// Starts a training with the settings as they are, and shows what comes, until the next one starts.
async function begin(andPlay) {
  stop?.abort();
  const mine = (stop = new AbortController());
  training = null;
  going = false;
  enable(false);
  say((told = ""));
  try {
    const settings = JSON.stringify(controls.values);
    const lines = linesOf(await ask("/trainings", settings, { signal: mine.signal }));
    const about = (await lines.next()).value;
    if (mine !== stop) return;
    introduce(about);
    training = about;
    enable(true);
    if (sheet.marks.length) drawn();
    else if (place) look(place);
    if (andPlay) tell("play");
    for await (const picture of lines) {
      if (mine !== stop) return;
      show(picture);
    }
    if (mine === stop) throw new Error($("message").textContent || "This training has ended.");
  } catch (error) {
    if (mine !== stop || error.name === "AbortError") return;
    going = false;
    training = null;
    enable(false);
    say(error.message);
  }
}

function introduce(about) {
  curves.begin();
  layers.begin(about.layers, about.classes);
  $("weights-card").hidden = !about.weights;
  $("paper-card").hidden = Math.min(...about.shape) < 2;
  if (about.weights) {
    weights.begin(about.weights.shape);
    $("weights-title").textContent = titleOf(about.weights);
    $("weights-help").textContent = wordsOf(about.weights);
  }
  const [seen, validation] = about.measured.map((count) => count.toLocaleString("en"));
  $("measured").textContent =
    `${about.architecture}, with ${about.parameters.toLocaleString("en")} weights and biases, learns from ` +
    `${about.training.toLocaleString("en")} images, ${about.steps_per_epoch.toLocaleString("en")} steps an epoch; ` +
    `it is measured on ${seen} of them, and on ${validation} validation images.`;
}

function titleOf({ filters, outputs }) {
  if (filters) return "The first layer’s filters";
  return outputs ? "What the outputs look for" : "What the first neurons look for";
}

function wordsOf({ shape, of, filters }) {
  const each = filters ? "Each filter is laid over every patch of the image" : "The weights into each neuron, as the image they come from";
  const some = of > shape[0] ? ` Shown are the first ${shape[0]} of ${of}.` : "";
  return `${each}: ink where it is strong excites or inhibits it, elsewhere it makes no difference. Noise is what the weights began as.${some}`;
}

function show(picture) {
  if (picture.message !== told) say((told = picture.message));
  if (picture.ended) return;
  const was = going;
  going = picture.going;
  if (going && calm.matches && performance.now() - painted < CALM) return;
  painted = performance.now();
  $("play").textContent = going ? "Pause" : "Play";
  $("epochs").textContent = going ? picture.epochs.toFixed(1) : `${+picture.epochs.toFixed(2)}`;
  $("steps").textContent = picture.steps.toLocaleString("en");
  $("speed").textContent = picture.speed ? (+picture.speed.toPrecision(2)).toLocaleString("en") : "–";
  for (const split of ["training", "validation"]) $(split).textContent = percent(picture[split].accuracy);
  for (const name of ["learning_rate", "momentum"]) controls.follow(name, picture[name]);
  curves.add(picture);
  weights.show(picture.weights);
  wrong.show(picture.wrong, training.shape);
  $("wrong-help").textContent = picture.wrong.length
    ? "Of the validation images measured, the first that are misread. Choose one to see why."
    : "None of the validation images measured is misread.";
  explain(picture.reasons);
  if (!asking) showAnswer(picture.image);
  if (was && !going) speak(picture);
}

// What is wrong with the training, where something is seen to be.
function explain(reasons) {
  $("reasons-card").hidden = reasons.length === 0;
  const items = $("reasons").children;
  while (items.length > reasons.length) $("reasons").lastChild.remove();
  while (items.length < reasons.length) $("reasons").append(document.createElement("li"));
  reasons.forEach((words, i) => {
    if (items[i].textContent !== words) items[i].textContent = words;
  });
}

function showAnswer(image) {
  guesses.show(image && image.guesses);
  layers.update(image && image.layers);
  if (!image) return;
  place = image.place;
  showImage($("seen"), training.shape, unpack(image.seen));
  const what = place === null ? "What you drew, as it is seen" : `Validation image ${place}: ${image.truth}`;
  $("truth").textContent = what;
  $("seen").setAttribute("aria-label", `${what}; read as ${image.guesses[0].label}, ${percent(image.guesses[0].probability)}`);
}

function speak({ epochs, validation }) {
  $("spoken").textContent =
    `After ${+epochs.toFixed(2)} epochs ${percent(validation.accuracy)} of the validation images are read rightly.`;
}

// Has the program do something with the training.
async function tell(command, body = "") {
  if (!training) return null;
  try {
    return await request(`/trainings/${training.name}/${command}`, body);
  } catch (error) {
    say(error.message);
    return null;
  }
}

async function look(at) {
  if (sheet.marks.length) sheet.put([]);
  showSheet();
  const image = await tell("image", String(at));
  if (image) showAnswer(image);
}

// What is drawn is sent at the next frame, one drawing at a time.
function drawn() {
  if (pending) return;
  pending = true;
  requestAnimationFrame(async () => {
    pending = false;
    showSheet();
    if (asking) again = true;
    else await read();
  });
}

async function read() {
  asking = true;
  do {
    again = false;
    const image = sheet.marks.length ? await tell("drawing", sheet.bytes()) : await tell("image", "0");
    if (image) showAnswer(image);
  } while (again);
  asking = false;
}

function showSheet() {
  sheet.show(getComputedStyle(document.documentElement).getPropertyValue("--ink"));
  const empty = sheet.marks.length === 0;
  $("invitation").hidden = !empty;
  $("undo").disabled = sheet.past.length === 0;
  $("clear").disabled = empty;
  $("sheet").setAttribute("aria-label", `Paper to draw on, ${empty ? "empty" : "drawn on"}`);
}

function enable(able) {
  for (const id of BUTTONS) $(id).disabled = !able;
    $("play").textContent = "Play";
}

function say(message) {
  if ($("message").textContent !== message) $("message").textContent = message;
}

// η and the pace change while it trains; all else makes another network, which starts anew, and so
// does η as it follows from the other settings.
function changed(name) {
  const live = { learning_rate: "rate", pace: "pace" }[name];
  const value = controls.values[name];
  if (live && training && value) {
    say("");
    tell(live, value);
  } else {
    begin(going);
  }
}

$("play").addEventListener("click", () => tell(going ? "pause" : "play"));
$("step").addEventListener("click", () => tell("step"));
$("epoch").addEventListener("click", () => tell("epoch"));
$("restart").addEventListener("click", () => begin(false));
$("previous").addEventListener("click", () => look((place ?? 1) - 1));
$("next").addEventListener("click", () => look((place ?? -1) + 1));
$("undo").addEventListener("click", () => sheet.undo());
$("clear").addEventListener("click", () => {
  sheet.put([]);
  drawn();
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.matches?.("input, select");
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key === "z" && !typing) {
    event.preventDefault();
    sheet.undo();
  }
});
dark.addEventListener("change", () => {
  layers.paint();
  weights.paint();
  showSheet();
});

let controls = null;
try {
  controls = new Controls(await request("/settings"), changed);
  await begin(false);
} catch (error) {
  say(error.message);
}
