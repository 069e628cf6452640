// What the layers of a network make of an image, as pictures.

const GAP = 4;
// How wide the name of a class may become.
const LONGEST = 110;

// The bytes of an array that was sent in base 64.
export function unpack(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

// An image in shades of grey, one pixel of the canvas for each of its own.
export function showImage(canvas, [height, width], bytes) {
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  image.data.fill(255);
  for (let i = 0; i < width * height; i++) {
    const shade = bytes ? bytes[i] : 0;
    image.data.set([shade, shade, shade], 4 * i);
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

export class Layers {
  constructor(place) {
    this.place = place;
    this.shown = [];
    new ResizeObserver(() => this.paint()).observe(place);
  }

  // A heading and an empty picture for each layer.
  begin(layers, classes) {
    this.shown = layers.map((layer, number) => {
      const box = document.createElement("div");
      const heading = document.createElement("h3");
      const detail = document.createElement("span");
      const canvas = document.createElement("canvas");
      const last = number === layers.length - 1;
      const inWords = describe(layer);
      box.className = "layer";
      heading.append(last ? "Output" : `Layer ${number + 1}`, detail);
      const all = layer.shown === layer.shape[0];
      detail.textContent = `${inWords}, ${layer.activation}`;
      if (!all) detail.append(`; the first ${layer.shown} are shown`);
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `Activations of ${inWords}`);
      box.append(heading, canvas);
      const shape = [layer.shown, ...layer.shape.slice(1)];
      return { box, canvas, shape, names: last ? classes : null, values: null };
    });
    this.place.replaceChildren(...this.shown.map(({ box }) => box));
    this.paint();
  }

  // New activations, as they were sent; null for none.
  update(layers) {
    this.shown.forEach((layer, number) => {
      layer.values = layers && new Int8Array(unpack(layers[number].values).buffer);
    });
    this.paint();
  }

  paint() {
    const width = this.place.clientWidth;
    const palette = readPalette();
    for (const layer of this.shown) paintLayer(layer, width, palette);
  }
}

function describe({ name, shape }) {
  if (shape.length === 1) return `${shape[0]} neurons`;
  const [maps, height, width] = shape;
  return `${name}: ${maps} maps of ${height} × ${width}`;
}

// All neurons or maps of a layer side by side, in as many rows as it takes, all of one length.
function paintLayer({ canvas, shape, names, values }, room, palette) {
  const [height, width] = shape.length === 3 ? shape.slice(1) : [1, 1];
  const count = shape[0];
  let side = count > 200 ? 8 : 16;
  if (names) side = 30;
  if (shape.length === 3) side = Math.floor(Math.max(44, Math.min(96, 8 * width, room / 5 - GAP)));
  const tall = Math.round((side * height) / width);
  const pen = canvas.getContext("2d");
  pen.font = `14px ${palette.font}`;
  const under = names ? 20 : 0;
  const words = names?.map((name) => shorten(pen, name));
  const wide = Math.max(side, ...(words ?? []).map((word) => Math.ceil(pen.measureText(word).width)));
  const rows = Math.ceil(count / Math.max(1, Math.floor((room + GAP) / (wide + GAP))));
  const columns = Math.ceil(count / rows);
  const [across, down] = [columns * (wide + GAP) - GAP, rows * (tall + under + GAP) - GAP];
  const density = window.devicePixelRatio || 1;
  canvas.width = across * density;
  canvas.height = down * density;
  canvas.style.width = `${across}px`;
  canvas.style.height = `${down}px`;
  pen.scale(density, density);
  pen.imageSmoothingEnabled = false;
  pen.textAlign = "center";
  pen.font = `14px ${palette.font}`;
  pen.fillStyle = palette.text;
  const pixels = colour(values, count * height, width, palette);
  for (let i = 0; i < count; i++) {
    const x = (i % columns) * (wide + GAP) + (wide - side) / 2;
    const y = Math.floor(i / columns) * (tall + under + GAP);
    pen.drawImage(pixels, 0, i * height, width, height, x, y, side, tall);
    if (words) pen.fillText(words[i], x + side / 2, y + tall + 15);
  }
}

// A name of a class, or as much of it as there is room for.
function shorten(pen, name) {
  let word = name;
  while (pen.measureText(word).width > LONGEST) word = `${word.slice(0, -2)}…`;
  return word;
}

// Values from −127 to 127 as pixels, a map below the other.
export function colour(values, height, width, { table }) {
  const image = new ImageData(width, height);
  const words = new Uint32Array(image.data.buffer);
  for (let i = 0; i < words.length; i++) words[i] = table[(values ? values[i] : 0) + 128];
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

// The colours of the page, light or dark, as it is shown now.
let known = null;
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => (known = null));

export function readPalette() {
  if (known) return known;
  const style = getComputedStyle(document.documentElement);
  const rgb = (name) => style.getPropertyValue(name).match(/[0-9a-f]{2}/gi).map((part) => parseInt(part, 16));
  const [zero, positive, negative] = ["--zero", "--positive", "--negative"].map(rgb);
  const bytes = new Uint8ClampedArray(4 * 256).fill(255);
  for (let value = -128; value < 128; value++) {
    const share = Math.min(1, Math.abs(value) / 127);
    const end = value < 0 ? negative : positive;
    bytes.set(zero.map((part, i) => part + share * (end[i] - part)), 4 * (value + 128));
  }
  const font = getComputedStyle(document.body).fontFamily;
  known = { table: new Uint32Array(bytes.buffer), text: style.getPropertyValue("--soft"), font };
  return known;
}
