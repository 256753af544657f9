// What a page has to be for everybody: each function returns what is wrong. Run in one piece with one of them called.

const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

function pixels(colour) {
  // Whatever way the colour is written in.
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, alpha / 255];
}

function over(top, below) {
  return [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
}

function ground(element) {
  const layers = [];
  for (let one = element; one; one = one.parentElement) layers.unshift(pixels(getComputedStyle(one).backgroundColor));
  return layers.reduce((below, top) => over(top, below), [255, 255, 255, 1]);
}

function light(colour) {
  const [red, green, blue] = colour.slice(0, 3).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

// WCAG 2.2, 1.4.3: 4.5 to 1, whatever the size of the letters.
function faint() {
  const wrong = new Set();
  for (const element of document.querySelectorAll("main *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const style = getComputedStyle(element);
    if (!own || element.tagName === "title" || style.visibility === "hidden") continue;
    if (!element.getClientRects().length) continue;
    const below = ground(element);
    const colour = over(pixels(element instanceof SVGElement ? style.fill : style.color), below);
    const [high, low] = [light(colour), light(below)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    const text = element.textContent.trim().slice(0, 40);
    if (ratio < 4.5) wrong.add(`${ratio.toFixed(2)} to 1: ${element.tagName} ${element.getAttribute("class")} ${text}`);
  }
  return [...wrong];
}

function unsaid() {
  const wrong = [];
  const all = (css) => [...document.querySelectorAll(css)];
  const start = (element) => element.outerHTML.slice(0, 80);
  if (!document.title.trim()) wrong.push("the page has no title");
  if (!document.documentElement.lang) wrong.push("the page names no language");
  if (all("main").length !== 1) wrong.push("there is not one main part");
  for (const one of all("svg")) {
    const title = one.querySelector(":scope > title");
    if (one.getAttribute("role") !== "img" || !title || !title.textContent.trim()) wrong.push(`no text: ${start(one)}`);
  }
  for (const one of all("img")) if (!one.alt.trim()) wrong.push(`no text: ${start(one)}`);
  for (const one of all("button, a, summary, th")) if (!one.textContent.trim()) wrong.push(`empty: ${start(one)}`);
  for (const one of all("input:not([type=hidden]), select, textarea")) {
    if (![...one.labels].some((label) => label.textContent.trim())) wrong.push(`no label: ${start(one)}`);
  }
  const levels = all("h1, h2, h3, h4, h5, h6").map((heading) => Number(heading.tagName[1]));
  if (levels[0] !== 1 || levels.filter((level) => level === 1).length !== 1) wrong.push(`headings are ${levels}`);
  levels.forEach((level, i) => {
    if (i && level > levels[i - 1] + 1) wrong.push(`a heading is left out in ${levels}`);
  });
  return wrong;
}

// A table or a picture may be moved sideways within its own place, but not the page.
function overflowing() {
  const root = document.documentElement;
  const wrong = root.scrollWidth > root.clientWidth ? [`${root.scrollWidth} pixels in ${root.clientWidth}`] : [];
  for (const one of document.querySelectorAll("main *")) {
    if (one.closest(".scroll") || one.closest("svg")) continue;
    if (one.getBoundingClientRect().right > root.clientWidth + 1) wrong.push(`too wide: ${one.outerHTML.slice(0, 80)}`);
  }
  return wrong;
}

// A word that would have had room on one line, and is broken within.
function broken() {
  const wrong = [];
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    if (node.parentElement.closest("svg") || !node.parentElement.checkVisibility()) continue;
    for (const { 0: word, index } of node.data.matchAll(/\w{1,12}(?!\w)/g)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const lines = new Set([...range.getClientRects()].map((place) => Math.round(place.top)));
      if (lines.size > 1 && (index === 0 || /\W/.test(node.data[index - 1]))) wrong.push(word);
    }
  }
  return wrong;
}

const CONTROLS = "main a[href], main button, main input:not([type=hidden]), main select, main textarea, main summary";

function controls() {
  const shown = (element) => element.checkVisibility();
  return [...document.querySelectorAll(CONTROLS)].filter(shown).map((element) => element.outerHTML.slice(0, 80));
}

// Which of the controls has the focus, and whether that is seen; nothing where the focus has left the page.
function focused() {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const number = [...document.querySelectorAll(CONTROLS)].filter((element) => element.checkVisibility()).indexOf(one);
  const style = getComputedStyle(one);
  return [number, style.outlineStyle !== "none" || style.boxShadow !== "none"];
}
