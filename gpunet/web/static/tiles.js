// Small pictures in rows: the weights into neurons, and images that are misread.

import { colour, readPalette, showImage, unpack } from "./layers.js";

const GAP = 6;

// Weights as pictures on one scale: `shape` is [neurons, height, width].
export class Weights {
  constructor(canvas) {
    this.canvas = canvas;
    this.shape = null;
    this.values = null;
    new ResizeObserver(() => this.paint()).observe(canvas.parentElement);
  }

  begin(shape) {
    this.shape = shape;
    this.values = null;
  }

  show(text) {
    this.values = text && new Int8Array(unpack(text).buffer);
    this.paint();
  }

  paint() {
    if (!this.shape || !this.values) return;
    const [count, height, width] = this.shape;
    const room = this.canvas.parentElement.clientWidth;
    const columns = Math.min(count, Math.max(1, Math.floor((room + GAP) / (52 + GAP))));
    const side = Math.min(96, (room + GAP) / columns - GAP);
    const tall = (side * height) / width;
    const rows = Math.ceil(count / columns);
    const [across, down] = [columns * (side + GAP) - GAP, rows * (tall + GAP) - GAP];
    const density = window.devicePixelRatio || 1;
    this.canvas.width = across * density;
    this.canvas.height = down * density;
    this.canvas.style.width = `${across}px`;
    this.canvas.style.height = `${down}px`;
    const pen = this.canvas.getContext("2d");
    pen.scale(density, density);
    pen.imageSmoothingEnabled = false;
    const pixels = colour(this.values, count * height, width, readPalette());
    for (let i = 0; i < count; i++) {
      const [x, y] = [(i % columns) * (side + GAP), Math.floor(i / columns) * (tall + GAP)];
      pen.drawImage(pixels, 0, i * height, width, height, x, y, side, tall);
    }
  }
}

// Images with what they are and what they are taken for; `chosen` is told the place of one.
export class Wrong {
  constructor(list, chosen) {
    this.list = list;
    this.chosen = chosen;
    this.told = "";
  }

  show(images, shape) {
    const told = images.map(({ place, guess }) => `${place}:${guess}`).join(" ");
    if (told === this.told) return;
    this.told = told;
    while (this.list.children.length > images.length) this.list.lastChild.remove();
    while (this.list.children.length < images.length) this.list.append(this.tile());
    images.forEach(({ place, truth, guess, pixels }, i) => {
      const button = this.list.children[i].firstElementChild;
      const [canvas, words] = button.children;
      button.dataset.place = place;
      showImage(canvas, shape, unpack(pixels));
      canvas.setAttribute("aria-label", `Image ${place}`);
      words.textContent = `${truth} read as ${guess}`;
    });
  }

  tile() {
    const [item, button, canvas, words] = ["li", "button", "canvas", "span"].map((kind) => document.createElement(kind));
    button.type = "button";
    canvas.setAttribute("role", "img");
    button.append(canvas, words);
    button.addEventListener("click", () => this.chosen(button.dataset.place));
    item.append(button);
    return item;
  }
}
