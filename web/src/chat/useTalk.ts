/** One conversation: what was said, and the turn that is at work. */
import { useCallback, useEffect, useReducer, useRef } from "react";
import { AnswerError, ask, query, sentence } from "./api";
import { follow } from "./following";
import { keepQueued, queuedOf } from "./kept";
import { page } from "./page";
import { type Asking, after, newKey, newTurn, type Turn } from "./turn";
import type { Attachment, Message, Thread } from "./types";

const PAGE = 50;

export interface Talk {
  thread: Thread | null;
  messages: Message[];
  /** Whether there are older ones. */
  more: boolean;
  turn: Turn | null;
  loading: boolean;
  problem: string | null;
}

const EMPTY: Talk = {
  thread: null,
  messages: [],
  more: false,
  turn: null,
  loading: false,
  problem: null,
};

type Change = Partial<Talk> | ((talk: Talk) => Partial<Talk>);

function reduce(talk: Talk, change: Change): Talk {
  return { ...talk, ...(typeof change === "function" ? change(talk) : change) };
}

interface Told {
  items: Message[];
  more: boolean;
}

export function useTalk(id: string, isNew: boolean, onChange: () => void) {
  const [talk, change] = useReducer(reduce, { ...EMPTY, loading: !isNew });
  const at = useRef({ id, listening: null as AbortController | null, turn: null as Turn | null });
  const changed = useRef(onChange);
  changed.current = onChange;
  const base = `threads/${encodeURIComponent(id)}`;

  const show = useCallback((turn: Turn | null) => {
    at.current.turn = turn;
    change({ turn });
  }, []);

  const read = useCallback(async () => {
    const told = await ask<Told>(`${base}/messages?${query({ limit: PAGE })}`);
    change((now) => ({ ...joined(now, told), loading: false, problem: null }));
  }, [base]);

  const listen = useCallback(
    async (begun: Turn) => {
      at.current.listening?.abort();
      const listening = new AbortController();
      at.current.listening = listening;
      show(begun);
      keepQueued(id, begun.asking);
      const { asking } = begun;
      const update = (change: (turn: Turn) => Turn) => {
        if (!listening.signal.aborted && at.current.turn) show(change(at.current.turn));
      };
      try {
        await follow({
          last: begun.last,
          signal: listening.signal,
          request: () =>
            asking
              ? { path: `${base}/runs`, body: bodyOf(asking) }
              : { path: `${base}/runs/${begun.run}/events` },
          onEvent: (event) => {
            if (event.name === "run") {
              keepQueued(id, null);
              changed.current();
            }
            update((turn) => after(turn, event));
          },
          onLost: (reached) => update((turn) => ({ ...turn, state: reached ? "lost" : "queued" })),
        });
        if (listening.signal.aborted) return;
        await read();
        if (!listening.signal.aborted && at.current.turn?.state !== "failed") show(null);
        changed.current();
      } catch (error) {
        keepQueued(id, null);
        const code = error instanceof AnswerError ? error.code : "unreachable";
        const failure = { code, message: sentence(error), retryable: true };
        update((turn) => ({ ...turn, state: "failed", failure }));
      }
    },
    [base, id, read, show],
  );

  const open = useCallback(async () => {
    try {
      const thread = await ask<Thread>(base);
      await read();
      change({ thread });
      const queued = queuedOf(id);
      if (thread.running) void listen(newTurn(null, thread.running));
      else if (queued) void listen(newTurn(queued));
    } catch (error) {
      const queued = queuedOf(id);
      const isNobody = error instanceof AnswerError && error.status === 404;
      change({ loading: false, problem: queued ? null : isNobody ? GONE : sentence(error) });
      if (queued) void listen(newTurn(queued));
    }
  }, [base, id, listen, read]);

  useEffect(() => {
    if (!isNew) void open();
    return () => at.current.listening?.abort();
  }, [isNew, open]);

  /** What happened elsewhere meanwhile: in another tab, on another device. */
  const refresh = useCallback(async () => {
    if (at.current.turn) return;
    try {
      const thread = await ask<Thread>(base);
      change({ thread });
      if (at.current.turn) return;
      await read();
      if (thread.running && !at.current.turn) void listen(newTurn(null, thread.running));
    } catch {
      // without a network, or not begun yet: what is shown is the last that is known
    }
  }, [base, listen, read]);

  /** `onCome` is told of the oldest message so far, just before older ones stand above it. */
  const older = useCallback(
    async (onCome: (seq: number) => void) => {
      const first = talk.messages[0];
      if (!first || !talk.more) return;
      const told = await ask<Told>(`${base}/messages?${query({ before: first.seq, limit: PAGE })}`);
      onCome(first.seq);
      change((now) =>
        now.messages[0]?.seq === first.seq
          ? { messages: [...told.items, ...now.messages], more: told.more }
          : {},
      );
    },
    [base, talk.messages, talk.more],
  );

  const say = useCallback(
    (text: string, files: Attachment[] = [], parent?: number) => {
      const follows = parent ?? talk.messages.at(-1)?.seq;
      change((now) => ({ messages: now.messages.filter((one) => one.seq <= (follows ?? 0)) }));
      void listen(newTurn({ key: newKey(), text, files, parent: follows }));
    },
    [listen, talk.messages],
  );

  const again = useCallback(
    (question: number) => {
      change((now) => ({ messages: now.messages.filter((one) => one.seq <= question) }));
      void listen(newTurn({ key: newKey(), text: "", files: [], again: question }));
    },
    [listen],
  );

  /** Take back what has not reached the server. */
  const discard = useCallback(() => {
    at.current.listening?.abort();
    keepQueued(id, null);
    show(null);
    void refresh();
  }, [id, refresh, show]);

  const stop = useCallback(async () => {
    const turn = at.current.turn;
    if (!turn) return;
    if (turn.run) await ask(`${base}/runs/${turn.run}/cancel`, { method: "POST", body: {} });
    else discard();
  }, [base, discard]);

  const showBranch = useCallback(
    async (seq: number) => {
      await ask(`${base}/shown`, { method: "POST", body: { seq } });
      await read();
    },
    [base, read],
  );

  const setThread = useCallback((thread: Thread) => change({ thread }), []);
  return { talk, say, again, stop, discard, older, refresh, showBranch, setThread, open };
}

/** The newest messages after those that were read before, where they go on from them. */
function joined(now: Talk, told: Told): Partial<Talk> {
  const first = told.items[0];
  const before = first ? now.messages.filter((one) => one.seq < first.seq) : [];
  if (!first || before.at(-1)?.seq !== first.parent)
    return { messages: told.items, more: told.more };
  return { messages: [...before, ...told.items], more: now.more };
}

const GONE = "This conversation is not there any more, or it is somebody else's.";

function bodyOf({ key, text, files, parent, again }: Asking) {
  const given = files.map((file) => file.id);
  return { mount: page.mount, key, text, files: given, parent, again };
}

export type Talking = ReturnType<typeof useTalk>;
