import { describe, expect, it, vi } from "vitest";
import { makeSpan } from "./factory";
import { PayloadStore } from "./payloads";

vi.stubGlobal("document", { baseURI: "http://here/" });

/** Answers requests with the spans they name, but those that are gone. */
function server(gone: string[] = [], status = 200) {
  const asked: string[][] = [];
  vi.stubGlobal("fetch", async (url: string) => {
    const ids = new URL(url).searchParams.getAll("span_id");
    asked.push(ids);
    const items = ids
      .filter((id) => !gone.includes(id))
      .map((id) => makeSpan("llm", { span_id: id }));
    const body = status === 200 ? { items } : { error: { code: "store_gone", message: "Gone." } };
    return new Response(JSON.stringify(body), { status });
  });
  return asked;
}

const told = (store: PayloadStore) => new Promise<void>((done) => store.subscribe(done));
const ids = (count: number) => Array.from({ length: count }, (_, at) => `s${at}`);

describe("payloads of a large trace", () => {
  it("come in a few answers, each span asked for once", async () => {
    const asked = server();
    const store = new PayloadStore("demo", "t1");
    store.want(ids(60));
    store.want(ids(60));
    await told(store);

    expect(asked.map((one) => one.length)).toEqual([40, 20]);
    expect(store.snapshot().spans.size).toBe(60);
  });

  it("are asked for where the view stands, not wherever it went by, and told of once it is still", async () => {
    vi.useFakeTimers();
    try {
      const asked = server();
      const store = new PayloadStore("demo", "t1");
      const heard = vi.fn();
      store.subscribe(heard);
      for (let at = 0; at < 60; at += 1) {
        store.look(ids(10).map((id) => `${id}/${at}`));
        await vi.advanceTimersByTimeAsync(16);
      }
      const moving = heard.mock.calls.length;
      await vi.advanceTimersByTimeAsync(2000);

      expect(asked.length).toBeLessThan(8);
      expect(asked.at(-1)).toContain("s0/59");
      expect(new Set(asked.flat()).size).toBe(asked.flat().length);
      expect([moving, heard.mock.calls.length]).toEqual([0, 1]);

      store.look(ids(10).map((id) => `${id}/59`));
      await vi.advanceTimersByTimeAsync(2000);
      expect(asked.flat().length, "what is there is not asked for again").toBe(
        new Set(asked.flat()).size,
      );
    } finally {
      vi.useRealTimers();
    }
  });

  it("say of a span that is gone that it is, and show the others", async () => {
    server(["s1"]);
    const store = new PayloadStore("demo", "t1");
    store.want(["s0", "s1"]);
    await told(store);

    expect([...store.snapshot().spans.keys()]).toEqual(["s0"]);
    expect(String(store.snapshot().errors.get("s1"))).toContain("no longer in the store");
  });

  it("are asked for again after a failure", async () => {
    server([], 503);
    const store = new PayloadStore("demo", "t1");
    store.want(["s0"]);
    await told(store);
    expect(store.snapshot().errors.has("s0")).toBe(true);

    server();
    store.renew(["s0"]);
    await told(store);

    expect(store.snapshot().spans.has("s0")).toBe(true);
    expect(store.snapshot().errors.has("s0")).toBe(false);
  });
});
