// What both pages need: making elements, times, and emoji. Texts become text nodes, never HTML: a name in a message
// cannot become a part of the page.
"use strict";

/** An element of this class with these children; a string is text, what is empty is left out. */
function el(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children.flat().filter((child) => child !== null && child !== ""));
  return made;
}

/** An emoji; what has no drawing in signs.css must not be missing from a picture in silence. */
function sign(names, key) {
  const name = names[key];
  if (!name) throw new Error(`no drawing of the emoji ${key}`);
  return el("span", `sign ${name}`);
}

/** A time as the reader's app shows it. The reader of the pictures lives in UTC, so that they are the same everywhere. */
function clock(at, lang, options) {
  return new Intl.DateTimeFormat(lang === "zh" ? "zh-CN" : "en-US", { timeZone: "UTC", ...options }).format(at);
}

const HOUR = { hour: "numeric", minute: "2-digit" };

/** `today`, `yesterday`, or nothing for another day. */
function nearDay(at, now, lang) {
  const days = Math.floor(at / 86_400_000) - Math.floor(now / 86_400_000);
  return Math.abs(days) > 1 ? "" : new Intl.RelativeTimeFormat(lang, { numeric: "auto" }).format(days, "day");
}

/** How large the page is and what the window adds to it, once the fonts are there. */
async function measured() {
  await document.fonts.ready;
  const { width, height } = document.querySelector("main").getBoundingClientRect();
  return {
    width: Math.ceil(width) + outerWidth - innerWidth,
    height: Math.ceil(height) + outerHeight - innerHeight,
  };
}
