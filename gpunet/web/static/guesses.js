// The likeliest answers, as bars.

export class Guesses {
  constructor(list, most) {
    this.rows = Array.from({ length: most }, () => {
      const row = document.createElement("li");
      const [label, track, bar, share] = ["label", "track", "bar", "share"].map(part);
      track.append(bar);
      row.append(label, track, share);
      return { row, label, bar, share };
    });
    list.replaceChildren(...this.rows.map(({ row }) => row));
    this.show(null);
  }

  // [{ label, probability }, …], the likeliest first; null for none.
  show(guesses) {
    this.rows.forEach(({ row, label, bar, share }, place) => {
      const guess = guesses?.[place];
      row.hidden = Boolean(guesses) && !guess;
      label.textContent = guess ? guess.label : "–";
      label.classList.toggle("word", label.textContent.length > 2);
      bar.style.transform = `scaleX(${guess ? guess.probability : 0})`;
      share.textContent = guess ? percent(guess.probability) : "";
    });
  }
}

function part(name) {
  const element = document.createElement("span");
  element.className = name;
  return element;
}

// A share in words, which says 100 only of all.
export function percent(share) {
  const text = (100 * share).toFixed(1);
  return `${text === "100.0" && share < 1 ? "99.9" : text} %`;
}
