/** Stack traces as frames, with the frames of libraries folded into one line. */

export interface Frame {
  /** `agents/support/tools.py:64` */
  place: string;
  /** The function, or "". */
  within: string;
  code: string[];
  /** The package a frame belongs to when it is not the program's own. */
  library: string | null;
}

export type TraceLine =
  | { type: "frame"; frame: Frame; raised: boolean }
  | { type: "libraries"; frames: Frame[]; names: string[] }
  | { type: "text"; text: string; error: boolean };

const PYTHON = /^\s*File "([^"]+)", line (\d+)(?:, in (.+))?$/;
const SCRIPT =
  /^\s*at (?:(async )?(.+?) \()?((?:file:\/\/|node:|https?:\/\/|\/|[A-Za-z]:\\|[\w.@-]+\/).*?):(\d+)(?::\d+)?\)?$/;
const JAVA = /^\s*at ([\w.$<>]+)\(([\w.]+):(\d+)\)$/;

/** The package of a path inside an installation, the interpreter's own library included. */
function libraryOf(path: string): string | null {
  const installed =
    /(?:site-packages|dist-packages|node_modules)[\\/](@[^\\/]+[\\/][^\\/]+|[^\\/]+)/.exec(path);
  if (installed?.[1]) return installed[1].replace(/\.py$/, "");
  const standard = /[\\/]lib[\\/]python[\d.]+[\\/]([^\\/]+)/.exec(path);
  if (standard?.[1]) return standard[1].replace(/\.py$/, "");
  if (path.startsWith("node:")) return "node";
  return /^<frozen (?:importlib|runpy)/.test(path) ? "python" : null;
}

/** The end of a long path: enough to know the file by. */
function shortPath(path: string, library: string | null): string {
  const clean = path.replace(/^file:\/\//, "").replaceAll("\\", "/");
  const parts = clean.split("/").filter(Boolean);
  if (library) {
    const at = parts.findIndex((part) => part === library || part === `${library}.py`);
    if (at >= 0) return parts.slice(at).join("/");
  }
  return parts.length > 3 ? parts.slice(-3).join("/") : parts.join("/");
}

function frameOf(line: string): Frame | null {
  const python = PYTHON.exec(line);
  if (python) return made(python[1] as string, python[2] as string, python[3] ?? "");
  const java = JAVA.exec(line);
  if (java)
    return { place: `${java[2]}:${java[3]}`, within: java[1] as string, code: [], library: null };
  const script = SCRIPT.exec(line);
  return script ? made(script[3] as string, script[4] as string, script[2] ?? "") : null;
}

function made(path: string, line: string, within: string): Frame {
  const library = libraryOf(path);
  return { place: `${shortPath(path, library)}:${line}`, within, code: [], library };
}

const HEAD = /^(Traceback \(most recent call last\)|Stack trace|Error stack):?\s*$/i;

/** A stack trace as lines to show; library frames in a row become one, if asked. */
export function readStack(text: string, ownOnly: boolean): TraceLine[] {
  const lines: TraceLine[] = [];
  let frame: Frame | null = null;
  for (const line of text.split("\n")) {
    const next = frameOf(line);
    if (next) {
      frame = next;
      lines.push({ type: "frame", frame, raised: false });
    } else if (frame && /^\s{4,}\S/.test(line) && !/^\s*at /.test(line)) {
      if (!/^[\s^~]+$/.test(line)) frame.code.push(line.trim());
    } else if (line.trim() && !HEAD.test(line.trim())) {
      frame = null;
      lines.push({
        type: "text",
        text: line,
        error: /^\S*(Error|Exception|Timeout|Interrupt)\b/.test(line.trim()),
      });
    }
  }
  markRaised(lines);
  return ownOnly ? folded(lines) : lines;
}

/** The program's own line the error came out of: its last frame, where a newest-first trace begins. */
function markRaised(lines: TraceLine[]): void {
  const frames = lines.filter((line) => line.type === "frame" && line.frame.library === null);
  const newestFirst =
    lines[0]?.type === "text" && lines[1]?.type === "frame" && lines.at(-1)?.type === "frame";
  const raised = newestFirst ? frames[0] : frames.at(-1);
  if (raised?.type === "frame") raised.raised = true;
}

function folded(lines: TraceLine[]): TraceLine[] {
  if (!lines.some((line) => line.type === "frame" && line.frame.library === null)) return lines;
  const kept: TraceLine[] = [];
  for (const line of lines) {
    if (line.type !== "frame" || line.frame.library === null) {
      kept.push(line);
      continue;
    }
    const last = kept.at(-1);
    if (last?.type === "libraries") {
      last.frames.push(line.frame);
      if (!last.names.includes(line.frame.library)) last.names.push(line.frame.library);
    } else kept.push({ type: "libraries", frames: [line.frame], names: [line.frame.library] });
  }
  return kept;
}

/** `tools.py:64`: the program's own place an error came out of. */
export function errorPlace(text: string): string | null {
  for (const line of readStack(text, false)) {
    if (line.type === "frame" && line.raised) return line.frame.place;
  }
  return null;
}
