// The page lies in a frame of Airflow's UI, of the same origin: it takes over Airflow's colours, live, and
// opens Airflow's own pages in the window around it, which the frame's sandbox keeps links from.
"use strict";

const COLOURS = ["bg", "bg-muted", "bg-subtle", "fg", "fg-muted", "border"];
const inFrame = window.parent !== window;

function takeColours() {
  const outer = window.parent.document.documentElement;
  const style = window.parent.getComputedStyle(outer);
  const own = document.documentElement;
  own.classList.toggle("dark", outer.classList.contains("dark"));
  own.classList.toggle("light", !outer.classList.contains("dark"));
  for (const name of COLOURS) {
    const value = style.getPropertyValue(`--chakra-colors-${name}`).trim();
    if (value) own.style.setProperty(`--${name}`, value);
  }
}

function openOutside(event) {
  const link = event.target.closest("a[href]");
  if (!link || !inFrame || event.button > 1) return;
  const apart = event.ctrlKey || event.metaKey || event.button === 1 || link.target === "_blank";
  if (!apart && !link.dataset.airflow) return;
  event.preventDefault();
  const outer = window.parent.document;
  const anchor = outer.createElement("a");
  anchor.href = link.dataset.airflow ? new URL(link.dataset.airflow, outer.baseURI).href : link.href;
  if (apart) Object.assign(anchor, { target: "_blank", rel: "noopener noreferrer" });
  outer.body.append(anchor);
  anchor.click();
  anchor.remove();
}

if (inFrame) {
  takeColours();
  new MutationObserver(takeColours).observe(window.parent.document.documentElement, {
    attributes: true, attributeFilter: ["class", "style"],
  });
}
document.addEventListener("click", openOutside);
document.addEventListener("auxclick", openOutside); // the middle button
// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll("button")) setTimeout(() => (button.disabled = true));
});
