// The digits found on a photograph: a box around each with its answer, and the line of text that
// they read as, in which one is chosen, with the arrow keys or a tap there or on the photograph.

export class Digits {
  // The canvas that shows the photograph, what lies over it, and the group that the choices are put
  // into; `changed` is called with the time when another digit is chosen.
  constructor({ canvas, over, group }, changed) {
    this.canvas = canvas;
    this.over = over;
    this.group = group;
    this.changed = changed;
    this.line = group.querySelector(".line");
    this.found = [];
    this.chosen = 0;
    group.addEventListener("change", ({ target, timeStamp }) => this.choose(Number(target.value), timeStamp));
    canvas.addEventListener("click", (event) => this.tap(event));
  }

  get several() {
    return this.found.length > 1;
  }

  // What they read as, in one line.
  get text() {
    return this.found.map(({ label }) => label).join(" ");
  }

  // { size, digits } as the program found them, or null for none. A single one needs no box.
  show(read) {
    this.found = read ? read.digits : [];
    this.places = this.found.map(({ box }) => placed(box, read.size));
    if (this.chosen >= this.found.length && read) this.chosen = 0;
    this.group.hidden = !this.several;
    this.canvas.parentElement.classList.toggle("several", this.several);
    const shown = this.several ? this.found : [];
    this.group.firstElementChild.textContent = `${shown.length} digits. Choose one to look into:`;
    const sides = sidesOf(this.places);
    this.over.replaceChildren(...shown.map(({ label }, i) => makeBox(label, this.places[i], sides[i])));
    // With spaces between them, so that they can be copied as text.
    this.line.replaceChildren(...shown.flatMap(({ label }, i) => [makeChoice(label, i), " "]));
    this.mark();
    // Then the arrow keys choose at once; where something else has the focus, it stays there.
    if (this.several && document.activeElement === document.body) this.focus();
  }

  choose(number, time) {
    this.chosen = number;
    this.mark();
    this.changed(time);
  }

  // The digit nearest to where the photograph was tapped.
  tap(event) {
    if (!this.several) return;
    const sheet = this.canvas.getBoundingClientRect();
    const [x, y] = [(event.clientX - sheet.left) / sheet.width, (event.clientY - sheet.top) / sheet.height];
    const away = this.places.map(({ left, top, width, height }) =>
      Math.hypot(Math.max(left - x, 0, x - left - width), Math.max(top - y, 0, y - top - height)),
    );
    this.choose(away.indexOf(Math.min(...away)), event.timeStamp);
    this.focus();
  }

  focus() {
    const choice = this.line.children[this.chosen];
    choice.firstElementChild.focus({ preventScroll: true }); // the page stays where it is
    this.line.scrollTop = choice.offsetTop - (this.line.clientHeight - choice.offsetHeight) / 2;
  }

  mark() {
    [...this.over.children].forEach((box, i) => box.classList.toggle("chosen", i === this.chosen));
    const choice = this.line.children[this.chosen];
    if (choice) choice.firstElementChild.checked = true;
  }
}

// A box in pixels of the photograph in shares of the sheet, on which it is set in the middle.
function placed([left, top, width, height], [across, down]) {
  const longer = Math.max(across, down);
  return {
    left: (left + (longer - across) / 2) / longer,
    top: (top + (longer - down) / 2) / longer,
    width: width / longer,
    height: height / longer,
  };
}

// On which side of its box each answer hides nothing, neither digits nor other answers.
function sidesOf(places) {
  const taken = [...places];
  return places.map((place) => {
    const { left, top, width, height } = place;
    const tag = { width: 0.5 * height, height: 0.6 * height };
    const choices = {
      above: { ...tag, left, top: top - tag.height },
      right: { ...tag, left: left + width, top },
      left: { ...tag, left: left - tag.width, top },
      below: { ...tag, left, top: top + height },
    };
    const fits = (side) =>
      liesWithin(choices[side]) && taken.every((other) => other === place || !overlap(choices[side], other));
    const side = Object.keys(choices).find(fits) ?? Object.keys(choices).find((each) => liesWithin(choices[each]));
    taken.push(choices[side ?? "above"]);
    return side ?? "above";
  });
}

function liesWithin({ left, top, width, height }) {
  return left >= 0 && top >= 0 && left + width <= 1 && top + height <= 1;
}

function overlap(one, other) {
  const along = Math.min(one.left + one.width, other.left + other.width) - Math.max(one.left, other.left);
  const down = Math.min(one.top + one.height, other.top + other.height) - Math.max(one.top, other.top);
  return along > 0 && down > 0;
}

function makeBox(label, place, side) {
  const box = document.createElement("div");
  const text = document.createElement("span");
  for (const [part, share] of Object.entries(place)) box.style[part] = `${100 * share}%`;
  box.style.setProperty("--tall", `${100 * place.height}cqi`);
  box.dataset.side = side;
  box.classList.toggle("small", place.height < 0.07);
  text.textContent = label;
  box.append(text);
  return box;
}

function makeChoice(label, number) {
  const choice = document.createElement("label");
  const radio = document.createElement("input");
  const text = document.createElement("span");
  radio.type = "radio";
  radio.name = "digit";
  radio.value = number;
  text.textContent = label;
  choice.append(radio, text);
  return choice;
}
