import { expect, it } from "vitest";
import { stackTraceOf } from "./stackTrace";

const JAVA =
  "java.lang.IllegalStateException: closed\n\tat shop.Cart.pay(Cart.java:42)\n\tat shop.Main.main(Main.java:7)";
const PYTHON = 'Traceback (most recent call last):\n  File "pay.py", line 3, in <module>\nValueError: closed';

it("is found in the context, under the names that loggers use, and in the message", () => {
  const contexts = [
    { exception: { type: "ValueError", stack: PYTHON } },
    { "exception.stacktrace": PYTHON },
    { error: { stack_trace: PYTHON } },
    { traceback: PYTHON, stack: "lifo" },
  ];
  for (const context of contexts) expect(stackTraceOf({ message: "closed", context })).toBe(PYTHON);
  expect(stackTraceOf({ message: JAVA, context: null })).toBe(JAVA);
});
it("is nothing where there is none", () => {
  expect(stackTraceOf({ message: "first\nsecond", context: { stack: "production", exception: "none" } })).toBeNull();
});
