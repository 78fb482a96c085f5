// Discord's Markdown, as far as podwhy writes it, and subtext.
// https://support.discord.com/hc/en-us/articles/210298617
// https://docs.discord.com/developers/reference#message-formatting
"use strict";

const EMOJI = { "🔴": "red", "🟢": "green", "🔵": "blue", "🟡": "yellow", "⚠️": "warning", "👁": "eye", "⏳": "hourglass" };
const SIGNS = new RegExp(`(${Object.keys(EMOJI).join("|")})`);

/** Text in which nothing but emoji means anything. */
function plain(text) {
  return text.split(SIGNS).map((piece) => (piece in EMOJI ? sign(EMOJI, piece) : piece));
}

/** A text of several lines. The line break before and after a code block or a list is theirs. */
function markdown(text, picture) {
  const made = [];
  for (const piece of text.split(/\n?(```[^]*?```)\n?/)) {
    const fence = /^```(?:[a-z0-9_+.#-]+\n)?\n*([^]*?)\n*```$/.exec(piece);
    if (fence) made.push(el("pre", "", fence[1]));
    else if (piece) made.push(...lines(piece.split("\n"), picture));
  }
  return made;
}

function lines(all, picture) {
  const made = [];
  for (const line of all) {
    const [, item] = /^[-*] (.*)$/.exec(line) ?? [];
    const [, small] = /^-# (.*)$/.exec(line) ?? [];
    if (item !== undefined) {
      if (made.at(-1)?.tagName !== "UL") made.push(el("ul", ""));
      made.at(-1).append(el("li", "", inline(item, picture)));
    } else {
      made.push(el("div", small === undefined ? "line" : "line subtext", inline(small ?? line, picture)));
    }
  }
  return made;
}

/** What means something within a line, the first that fits: an escape, code, bold, italics, a time, a channel. */
const INLINE = /\\([^\sA-Za-z0-9])|`([^`]+)`|\*\*((?:\\.|[^\\])+?)\*\*(?!\*)|\*((?:\\.|[^*\\])+?)\*|<t:(\d+):([fR])>|<#(\d+)>/;

function inline(text, picture) {
  const found = INLINE.exec(text);
  if (!found) return plain(text);
  const [whole, escaped, code, bold, italic, time, style, channel] = found;
  let made;
  if (escaped !== undefined) made = escaped;
  else if (code !== undefined) made = el("code", "", code);
  else if (bold !== undefined) made = el("b", "", inline(bold, picture));
  else if (italic !== undefined) made = el("i", "", inline(italic, picture));
  else if (time !== undefined) made = el("span", "time", timestamp(Number(time) * 1_000, style, picture));
  else made = el("span", "mention", `#${channel}`);
  return [plain(text.slice(0, found.index)), made, inline(text.slice(found.index + whole.length), picture)].flat();
}

function timestamp(at, style, picture) {
  if (style === "f") return clock(at, picture.lang, { dateStyle: "long", timeStyle: "short" });
  const minutes = Math.round((at - picture.now) / 60_000);
  const [many, unit] = Math.abs(minutes) < 60 ? [minutes, "minute"] : [Math.round(minutes / 60), "hour"];
  return new Intl.RelativeTimeFormat(picture.lang).format(many, unit);
}
