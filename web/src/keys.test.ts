import { expect, test } from "vitest";
import { keyName } from "./keys";

const key = (key: string, held: Partial<KeyboardEvent> = {}) =>
  keyName({ key, ctrlKey: false, metaKey: false, shiftKey: false, ...held });

test("keys are named the way actions register them", () => {
  expect(key("j")).toBe("j");
  expect(key("?", { shiftKey: true })).toBe("?");
  expect(key("Tab", { shiftKey: true })).toBe("shift+Tab");
  expect(key("K", { metaKey: true })).toBe("mod+k");
  expect(key("k", { ctrlKey: true })).toBe("mod+k");
});
