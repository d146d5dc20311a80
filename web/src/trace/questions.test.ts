import { describe, expect, it } from "vitest";
import type { Block, MessageBlock } from "./blocks";
import { makeSpan, said } from "./factory";
import type { Message, Trace } from "./model";
import { Questions } from "./questions";
import { Threads } from "./threads";
import { buildTree, type Node } from "./tree";

/** What is shown of the questions of calls that follow each other. */
function asked(question: string, ...inputs: Message[][]) {
  const root = makeSpan("agent", { span_id: "root", to: 1000, input: question });
  const models = inputs.map((messages_in, at) =>
    makeSpan("llm", { parent_span_id: "root", from: 10 * at, to: 10 * at + 5, messages_in }),
  );
  const tree = buildTree([root, ...models]);
  const blocks: Block[] = [];
  const questions = new Questions({ user_id: "u-1" } as Trace, tree, blocks);
  const threads = new Threads(tree, new Map([["root", root]]));
  const prompts = models.map((span) => {
    const node = tree.byId.get(span.span_id) as Node;
    const thread = threads.of(node);
    const prompt = questions.of(node, span, thread);
    thread.begun = true;
    return prompt;
  });
  const shown = blocks.filter((one): one is MessageBlock => one.type === "message");
  return { shown: shown.map((one) => `${one.role}: ${one.text}`), prompts, blocks };
}

describe("what a model was asked", () => {
  const system = said("system", "Be kind.");
  const user = said("user", "Where is my order?");

  it("is shown once, though each call repeats it", () => {
    const second = [system, user, said("assistant", "One moment."), said("user", "Thanks.")];

    const { shown } = asked("Where is my order?", [system, user], second);

    expect(shown).toEqual(["user: Where is my order?", "user: Thanks."]);
  });

  it("folds a prompt that wraps what the person asked", () => {
    const wrapped = said("user", "Context: none.\n\nQuestion: Where is my order?");

    const { shown, prompts } = asked("Where is my order?", [wrapped]);

    expect(shown).toEqual(["user: Where is my order?"]);
    expect(prompts[0]).toContain("Context: none.");
  });

  it("folds what an earlier trace had said", () => {
    const { blocks } = asked("And now?", [
      user,
      said("assistant", "On its way."),
      said("user", "And now?"),
    ]);

    expect(blocks.map((one) => one.type)).toEqual(["history", "message"]);
  });
});
