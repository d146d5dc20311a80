/** The same question, asked by a program. */
import { page } from "./page";
import { python } from "./python";

export interface Request {
  input: unknown;
  thread: string | null;
}

function origin(): string {
  return `${window.location.origin}${page.root}`;
}

function shell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

export function curl({ input, thread }: Request, signedIn: boolean): string {
  const body = JSON.stringify(thread ? { input, thread_id: thread } : { input });
  const lines = [
    `curl -N ${origin()}${page.path}/stream`,
    ...(signedIn ? ['-H "Authorization: Bearer $API_KEY"'] : []),
    "-H 'content-type: application/json'",
    `-d ${shell(body)}`,
  ];
  return lines.join(" \\\n  ");
}

export function program({ input, thread }: Request, signedIn: boolean): string {
  const body = python(thread ? { input, thread_id: thread } : { input });
  return [
    ...(signedIn ? ["import os", ""] : []),
    "import httpx",
    "",
    "answer = httpx.post(",
    `    ${JSON.stringify(`${origin()}${page.path}/invoke`)},`,
    ...(signedIn ? ['    headers={"Authorization": f"Bearer {os.environ[\'API_KEY\']}"},'] : []),
    `    json=${body.split("\n").join("\n    ")},`,
    "    timeout=120,",
    ")",
    "answer.raise_for_status()",
    'print(answer.json()["output"])',
    "",
  ].join("\n");
}
