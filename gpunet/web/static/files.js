// Photographs that are chosen, pasted or dropped.

const MOST_BYTES = 25_000_000;
// A picture is kept no larger than this, in pixels: as the sheet can show it.
const MOST_SIDE = 1120;

let given = 0; // counts the files, so that a newer one is not overtaken by an older one

// Calls `put` with every file and its picture, or `say` with what is wrong; `paper` is marked while
// something is held over the page.
export function takeFiles({ button, input, paper }, put, say) {
  const take = async (file) => {
    if (file.size > MOST_BYTES) {
      say(`This file is larger than ${MOST_BYTES / 1e6} million bytes; make the picture smaller.`);
      return;
    }
    const mine = ++given;
    // What this browser cannot show, the program may still be able to read.
    const bitmap = await decode(file).catch(() => null);
    if (mine === given) put(file, bitmap);
  };
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    if (input.files.length) take(input.files[0]);
    input.value = "";
  });
  document.addEventListener("paste", (event) => {
    const file = [...event.clipboardData.files].find(({ type }) => type.startsWith("image/"));
    if (file) take(file);
    else say("There is no picture on the clipboard.");
  });
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
    const file = event.dataTransfer.files[0];
    if (file) take(file);
    else say("What was dropped is no file; save the picture first, and drop its file.");
  });
}

// A picture from a file, upright, and of a size to be kept.
async function decode(file) {
  const whole = await createImageBitmap(file);
  const scale = MOST_SIDE / Math.max(whole.width, whole.height);
  if (scale >= 1) return whole;
  const [resizeWidth, resizeHeight] = [whole.width, whole.height].map((side) => Math.max(1, Math.round(side * scale)));
  const small = await createImageBitmap(whole, { resizeWidth, resizeHeight, resizeQuality: "high" });
  whole.close();
  return small;
}
