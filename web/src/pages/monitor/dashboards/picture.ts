/** A part of the page as a picture: drawn by the browser itself, charts and all. */

import { saveBlob } from "../../../save";

const SVG = "http://www.w3.org/2000/svg";
const SCALE = 2; // sharp on dense screens and in slides
const MARGIN = 16;

/** Gives the reader a PNG of what a selector finds; its tools are left out. */
export async function savePicture(selector: string, name: string): Promise<void> {
  const element = document.querySelector<HTMLElement>(selector);
  if (!element) return;
  try {
    saveBlob(`${fileName(name)}.png`, await pictureOf(element));
  } catch (error) {
    window.alert(`This browser could not draw the picture: ${error}`);
  }
}

/** "Night watch (copy)" as the name of a file. */
export function fileName(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-|-$/g, "") || "dashboard"
  );
}

async function pictureOf(element: HTMLElement): Promise<Blob> {
  const { width, height } = element.getBoundingClientRect();
  const size = { width: width + 2 * MARGIN, height: height + 2 * MARGIN };
  const copy = copied(element);
  copy.style.margin = `${MARGIN}px`;
  const ground = getComputedStyle(document.body).backgroundColor;
  const holder = document.createElement("div");
  holder.style.cssText = `width: ${size.width}px; height: ${size.height}px; background: ${ground};`;
  holder.append(await fontFace(), copy);
  const image = new Image();
  image.src = drawing(holder, size);
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = size.width * SCALE;
  canvas.height = size.height * SCALE;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, fail) =>
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("The picture is too large.")))),
  );
}

/** The element within a drawing, which a canvas may draw. */
function drawing(element: HTMLElement, { width, height }: { width: number; height: number }) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("width", String(width));
  svg.setAttribute("height", String(height));
  const foreign = document.createElementNS(SVG, "foreignObject");
  foreign.setAttribute("width", "100%");
  foreign.setAttribute("height", "100%");
  foreign.append(element);
  svg.append(foreign);
  const text = new XMLSerializer().serializeToString(svg);
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
}

/** The element with the look that it has now: a drawing knows no sheets of the page. */
function copied(element: HTMLElement): HTMLElement {
  const copy = element.cloneNode(true) as HTMLElement;
  const from = [element, ...element.querySelectorAll<HTMLElement | SVGElement>("*")];
  const to = [copy, ...copy.querySelectorAll<HTMLElement | SVGElement>("*")];
  from.forEach((one, n) => {
    const twin = to[n];
    if (!twin) return;
    const look = getComputedStyle(one);
    for (const name of look) twin.style.setProperty(name, look.getPropertyValue(name));
    if (one instanceof HTMLCanvasElement) twin.replaceWith(still(one, twin));
  });
  for (const tool of copy.querySelectorAll("button, select")) tool.remove();
  return copy;
}

/** The font of the page, written out: a drawing fetches nothing. */
async function fontFace(): Promise<HTMLStyleElement> {
  const style = document.createElement("style");
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
  for (const rule of rules) {
    if (!(rule instanceof CSSFontFaceRule) || !/U\+0{0,4}-FF/i.test(rule.cssText)) continue;
    const [, url] = /url\("?([^")]+)"?\)/.exec(rule.style.getPropertyValue("src")) ?? [];
    if (!url) continue;
    const answer = await fetch(new URL(url, rule.parentStyleSheet?.href ?? document.baseURI));
    style.textContent += rule.cssText.replace(url, await dataUrl(await answer.blob()));
  }
  return style;
}

function dataUrl(blob: Blob): Promise<string> {
  return new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result));
    reader.onerror = () => fail(reader.error);
    reader.readAsDataURL(blob);
  });
}

/** A canvas as the image that it shows. */
function still(canvas: HTMLCanvasElement, twin: HTMLElement | SVGElement): HTMLImageElement {
  const image = new Image();
  image.src = canvas.toDataURL();
  image.style.cssText = twin.style.cssText;
  return image;
}
