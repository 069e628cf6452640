// The sheet of paper: what is on it, how it got there, and how it is drawn.
//
// A mark is a pen's: { lines: [[[x, y], …], …] }, or a photograph: { photograph: Blob, bitmap }.
// Points are in pixels of what is sent to be read, which is SIDE pixels high and wide.

export const SIDE = 280;
const PEN = 21;
// How far a pointer moves before it draws over a photograph, which a tap leaves as it is.
const SLIP = 8;

export class Sheet {
  constructor(canvas, changed) {
    this.canvas = canvas;
    this.changed = changed;
    this.marks = [];
    this.past = [];
    this.pen = canvas.getContext("2d");
    const ink = document.createElement("canvas");
    ink.width = ink.height = SIDE;
    this.ink = ink.getContext("2d", { willReadFrequently: true });
    this.followPointer();
  }

  get photograph() {
    return this.marks[0]?.photograph;
  }

  put(marks) {
    this.past.push(this.marks);
    this.marks = marks;
  }

  undo() {
    if (this.past.length) {
      this.marks = this.past.pop();
      this.changed(performance.now());
    }
  }

  followPointer() {
    const { canvas } = this;
    let line = null;
    let pointer = null; // whose line it is: a palm may touch the paper while a pen draws
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      return [
        ((event.clientX - box.left) * SIDE) / box.width,
        ((event.clientY - box.top) * SIDE) / box.height,
      ];
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (line || event.button !== 0) return;
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      pointer = event.pointerId;
      line = [at(event)];
      if (this.photograph) return;
      this.put([...this.marks, { lines: [line] }]);
      this.changed(event.timeStamp);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!line || event.pointerId !== pointer) return;
      const passed = event.getCoalescedEvents?.() ?? [];
      line.push(...(passed.length ? passed : [event]).map(at));
      if (this.photograph) {
        const [[x, y], [u, v]] = [line[0], line.at(-1)];
        if (Math.hypot(u - x, v - y) < SLIP) return;
        // Drawing over a photograph starts afresh: it is read as it is, not with ink on it.
        this.put([{ lines: [line] }]);
      }
      this.changed(event.timeStamp);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, (event) => {
        if (event.pointerId === pointer) line = null;
      });
    }
  }

  // Draws what is on the sheet in the page's colours.
  show(colour) {
    const { pen, canvas } = this;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.scale(canvas.width / SIDE, canvas.height / SIDE);
    const bitmap = this.marks[0]?.bitmap;
    if (bitmap) {
      const scale = SIDE / Math.max(bitmap.width, bitmap.height);
      const [width, height] = [bitmap.width * scale, bitmap.height * scale];
      pen.drawImage(bitmap, (SIDE - width) / 2, (SIDE - height) / 2, width, height);
    }
    this.write(pen, colour);
  }

  // How much ink there is on each pixel, from 0 to 255.
  bytes() {
    this.ink.fillStyle = "#000";
    this.ink.fillRect(0, 0, SIDE, SIDE);
    this.write(this.ink, "#fff");
    const { data } = this.ink.getImageData(0, 0, SIDE, SIDE);
    const bytes = new Uint8Array(SIDE * SIDE);
    for (let i = 0; i < bytes.length; i++) bytes[i] = data[4 * i];
    return bytes;
  }

  write(pen, colour) {
    pen.lineCap = pen.lineJoin = "round";
    pen.lineWidth = PEN;
    pen.strokeStyle = colour;
    for (const line of this.marks.flatMap((mark) => mark.lines ?? [])) {
      pen.beginPath();
      trace(pen, line);
      pen.stroke();
    }
  }
}

// A smooth curve: through the middles between points, bent towards the points themselves.
function trace(pen, line) {
  pen.moveTo(...line[0]);
  for (let i = 1; i + 1 < line.length; i++) {
    const [[x, y], [u, v]] = [line[i], line[i + 1]];
    pen.quadraticCurveTo(x, y, (x + u) / 2, (y + v) / 2);
  }
  const [x, y] = line.at(-1);
  pen.lineTo(x + 0.01, y); // of no length at all, a dot would not be drawn
}
