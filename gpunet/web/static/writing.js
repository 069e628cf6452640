// Writes a digit on the sheet, for those who have no pen to draw with.

import { SAMPLES } from "./samples.js";
import { SIDE } from "./sheet.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");

// A button for each digit.
export function offerSamples(place, sheet) {
  SAMPLES.forEach((lines, digit) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = digit;
    button.setAttribute("aria-label", `Draw a ${digit}`);
    button.addEventListener("click", () => write(lines, sheet));
    place.append(button);
  });
}

// At a pen's pace, until something else is put on the sheet.
async function write(lines, sheet) {
  const mark = { lines: [] };
  sheet.put([mark]);
  for (const line of lines) {
    const points = finely(line).map((point) => point.map((part) => (part * SIDE) / 100));
    const drawn = [];
    for (const point of points) {
      drawn.push(point);
      if (drawn.length === 1) mark.lines.push(drawn);
      sheet.changed(performance.now());
      if (!calm.matches) await new Promise((go) => setTimeout(go, 12));
      if (!sheet.marks.includes(mark)) return;
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
