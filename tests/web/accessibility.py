"""Whether a page can be used by everyone: names, roles, contrast. A list of what is wrong."""

from tests.web.browser import Page

# Text counts as large from 24 pixels on, or 18.66 in bold (WCAG 2.2, 1.4.3); boxes that are
# operated contrast with what is around them by 3 (1.4.11). Over a photograph, whose colours can be
# any, boxes have two edges, that contrast by 9: then one of them does by 3 with whatever it is.
CHECK = r"""
const wrong = [];
const name = (e) =>
  (e.tagName + (e.id ? "#" + e.id : "") + " " + e.textContent.slice(0, 20)).trim();
const shown = (e) => e.checkVisibility() && e.getClientRects().length > 0;
const rgb = (text) => {
  const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
  return [r, g, b, a];
};
const light = ([r, g, b]) => {
  const [x, y, z] = [r, g, b].map((c) => {
    const s = c / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
};
const contrast = (one, other) => {
  const [a, b] = [light(one), light(other)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
};
const behind = (e) => {
  for (let at = e; at; at = at.parentElement) {
    const colour = rgb(getComputedStyle(at).backgroundColor);
    if (colour[3] === 1) return colour;
  }
  return [255, 255, 255, 1];
};
const named = (e) =>
  e.getAttribute("aria-label") ||
  [...(e.labels?.[0]?.childNodes ?? [])].some((n) => n !== e && n.textContent.trim()) ||
  (e.tagName === "BUTTON" && e.textContent.trim());
if (!document.documentElement.lang) wrong.push("no language");
if (!document.title) wrong.push("no title");
if (document.querySelectorAll("main").length !== 1) wrong.push("not one main part");
if (document.querySelectorAll("h1").length !== 1) wrong.push("not one main heading");
const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push("twice: " + id);
let level = 0;
for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
  const its = Number(heading.tagName[1]);
  if (its > level + 1) wrong.push("a level is left out before " + name(heading));
  level = its;
}
for (const e of document.querySelectorAll("[aria-labelledby]"))
  if (!document.getElementById(e.getAttribute("aria-labelledby")))
    wrong.push("no label: " + name(e));
for (const e of document.querySelectorAll("button, select, input, canvas"))
  if (!named(e)) wrong.push("no name: " + name(e));
for (const e of document.querySelectorAll("canvas"))
  if (e.getAttribute("role") !== "img") wrong.push("no role: " + name(e));
for (const e of document.querySelectorAll("[tabindex]"))
  if (e.tabIndex > 0) wrong.push("an order of its own: " + name(e));
for (const e of document.querySelectorAll("body *")) {
  const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  if (!own || !shown(e) || e.disabled || e.tagName === "OPTION") continue;
  const style = getComputedStyle(e);
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
  const found = contrast(rgb(style.color), behind(e));
  if (found < (large ? 3 : 4.5)) wrong.push(`contrast ${found.toFixed(2)}: ` + name(e));
}
for (const e of document.querySelectorAll("button:enabled, select, input:not([hidden])")) {
  const found = contrast(rgb(getComputedStyle(e).borderColor), behind(e.parentElement));
  if (found < 3) wrong.push(`edge ${found.toFixed(2)}: ` + name(e));
}
for (const e of document.querySelectorAll("button:enabled, select, input")) {
  const box = e.getBoundingClientRect();
  if (shown(e) && Math.min(box.width, box.height) < 24) wrong.push("too small: " + name(e));
}
for (const e of document.querySelectorAll("#boxes > *")) {
  const style = getComputedStyle(e, "::before");
  const found = contrast(rgb(style.borderTopColor), rgb(style.boxShadow));
  if (found < 9) wrong.push(`two edges ${found.toFixed(2)}: ` + name(e));
}
return wrong;
"""


def barriers(page: Page) -> list[str]:
    """What keeps people from using the page as it is now shown."""
    return [str(each) for each in page.js(CHECK)]
