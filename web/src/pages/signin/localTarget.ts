/** Where to go after signing in: a path of this server, never another site. */
export function localTarget(next: string | undefined): string {
  if (!next || !/^\/(?![/\\])/.test(next) || /^\/signin\b/.test(next)) return "/";
  return next;
}
