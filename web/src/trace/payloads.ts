/** Fetches what a tree answer leaves out, when it is looked at, a few spans at a time. */
import { ApiError, get } from "../api/client";
import type { Payloads } from "./cards";
import type { Span, TraceDetail } from "./model";

/** Up to so many spans come in one answer, payloads and all. */
const SMALL = 200;
/** Of a large trace what is in view comes in answers of so many spans. */
const BATCH = 40;
const PARALLEL = 2;
/** Answers that come close together are told of at once. */
const GATHER_MS = 40;
/** In a large trace reading the conversation anew takes longer. */
const GATHER_LARGE_MS = 250;
/** What is in view is asked for this often while it moves. */
const LOOK_EVERY_MS = 250;
/** What came is told of once the view has stood still for so long, */
const STILL_MS = 120;
/** but not later than this. */
const LATEST_MS = 1500;

const GONE = "This span is no longer in the store.";

export interface PayloadState {
  spans: Payloads;
  errors: ReadonlyMap<string, unknown>;
}

export class PayloadStore {
  private readonly spans = new Map<string, Span>();
  private readonly errors = new Map<string, unknown>();
  private readonly asked = new Set<string>();
  private readonly queue: string[] = [];
  private readonly listeners = new Set<() => void>();
  private view: readonly string[] = [];
  private looking: ReturnType<typeof setTimeout> | null = null;
  private movedAt = Number.NEGATIVE_INFINITY;
  private running = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private whole = false;
  private state: PayloadState = { spans: this.spans, errors: this.errors };

  constructor(
    private readonly project: string,
    private readonly traceId: string,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** A new object whenever something came. */
  readonly snapshot = (): PayloadState => this.state;

  /** Takes what came another way: nothing is asked for any more. */
  fill(spans: readonly Span[]): void {
    this.whole = true;
    for (const span of spans) this.spans.set(span.span_id, span);
    this.tell();
  }

  /** Asks for all spans of a small trace at once; of a large one for none. */
  open(spanCount: number): void {
    if (spanCount > SMALL || this.whole) return;
    this.whole = true;
    void this.fetchAll();
  }

  /** Asks for spans; what is there or on its way is not asked for again. */
  want(ids: readonly string[]): void {
    if (this.whole) return;
    for (const id of ids) {
      if (this.asked.has(id)) continue;
      this.asked.add(id);
      this.queue.push(id);
    }
    this.work();
  }

  /** Asks for what is in view, instead of what was before and has not been asked for yet. */
  look(ids: readonly string[]): void {
    if (this.whole) return;
    this.view = ids;
    this.movedAt = performance.now();
    this.work();
  }

  /** Forgets what has changed since, or failed, and asks again. */
  renew(ids: readonly string[]): void {
    for (const id of ids) {
      this.asked.delete(id);
      this.errors.delete(id);
    }
    if (this.whole) void this.fetchAll();
    else this.want(ids);
  }

  private async fetchAll(): Promise<void> {
    const path = `traces/${encodeURIComponent(this.traceId)}`;
    try {
      const answer = await get<TraceDetail>(path, { project: this.project, payloads: true });
      for (const span of answer.spans) this.spans.set(span.span_id, span);
      this.tell();
    } catch {
      // asked for again, the panel of a span says what is wrong
      this.whole = false;
      this.tell();
    }
  }

  private work(): void {
    while (this.running < PARALLEL && this.queue.length > 0) {
      this.running += 1;
      void this.fetchSome(this.queue.splice(0, BATCH));
    }
    if (this.running > 0 || this.looking !== null) return;
    const seen = this.view.filter((id) => !this.asked.has(id)).slice(0, BATCH);
    if (seen.length === 0) return;
    for (const id of seen) this.asked.add(id);
    this.running += 1;
    this.looking = setTimeout(() => {
      this.looking = null;
      this.work();
    }, LOOK_EVERY_MS);
    void this.fetchSome(seen);
  }

  private async fetchSome(ids: string[]): Promise<void> {
    const path = `traces/${encodeURIComponent(this.traceId)}/spans`;
    try {
      const answer = await get<{ items: Span[] }>(path, { project: this.project, span_id: ids });
      for (const span of answer.items) this.spans.set(span.span_id, span);
      for (const id of ids) {
        if (!this.spans.has(id)) this.errors.set(id, new ApiError(404, "not_found", GONE));
      }
    } catch (error) {
      for (const id of ids) this.errors.set(id, error);
    }
    this.running -= 1;
    this.tell();
    this.work();
  }

  private tell(): void {
    const since = performance.now();
    this.timer ??= setTimeout(() => this.pass(since), this.whole ? GATHER_MS : GATHER_LARGE_MS);
  }

  /** Tells of what came since, unless somebody scrolls: all would be read anew between two frames. */
  private pass(since: number): void {
    const now = performance.now();
    if (now - this.movedAt < STILL_MS && now - since < LATEST_MS) {
      this.timer = setTimeout(() => this.pass(since), STILL_MS);
      return;
    }
    this.timer = null;
    this.state = { spans: this.spans, errors: this.errors };
    for (const listener of this.listeners) listener();
  }
}
