// The arrows between files, and between the rooms they stand in, only ever go one way: what is below knows nothing of
// what is above it. Types count too, and so does what is loaded later.
import ts from "typescript";
import { expect, it } from "vitest";

type Graph = Map<string, Set<string>>;

const SOURCES = import.meta.glob<string>(["./**/*.{ts,tsx}", "!./**/*.test.ts", "!./**/*.d.ts"], {
  query: "?raw",
  import: "default",
  eager: true,
});
const WORKER = /new URL\("([^"]+)", import\.meta\.url\)/g;

function importsOf(path: string, source: string): string[] {
  const { importedFiles } = ts.preProcessFile(source);
  const named = [...importedFiles.map((one) => one.fileName), ...[...source.matchAll(WORKER)].map(([, name]) => name)];
  const relative = named.filter((name) => name?.startsWith(".")) as string[];
  return relative.flatMap((name) => {
    const file = `.${new URL(name, `file:///${path}`).pathname}`;
    return [file, `${file}.ts`, `${file}.tsx`].filter((one) => one in SOURCES);
  });
}

function graphOf(nodeOf: (path: string) => string): Graph {
  const graph: Graph = new Map();
  for (const [path, source] of Object.entries(SOURCES)) {
    const from = nodeOf(path);
    const known = graph.get(from) ?? new Set();
    graph.set(from, known);
    for (const imported of importsOf(path, source)) if (nodeOf(imported) !== from) known.add(nodeOf(imported));
  }
  return graph;
}

/** A way back to where it began, such as a > b > a; null where there is none. */
function circleIn(graph: Graph): string | null {
  const done = new Set<string>();
  const walk = (node: string, way: readonly string[]): string | null => {
    if (way.includes(node)) return [...way.slice(way.indexOf(node)), node].join(" > ");
    if (done.has(node)) return null;
    for (const next of graph.get(node) ?? []) {
      const circle = walk(next, [...way, node]);
      if (circle) return circle;
    }
    done.add(node);
    return null;
  };
  for (const node of graph.keys()) {
    const circle = walk(node, []);
    if (circle) return circle;
  }
  return null;
}

it("sees every arrow, and a circle where there is one", () => {
  const files = graphOf((path) => path);
  expect(files.get("./logs/LogsPage.tsx")).toContain("./statistics/StatisticsDrawer.tsx");
  expect(files.get("./live/liveStream.ts")).toContain("./live/worker.ts");
  const graph = new Map(
    Object.entries({ a: new Set(["b"]), b: new Set(["c", "d"]), c: new Set<string>(), d: new Set(["b"]) }),
  );
  expect(circleIn(graph)).toBe("b > d > b");
});
it("has no file that imports itself by way of others", () => {
  expect(circleIn(graphOf((path) => path))).toBeNull();
});
it("has no room that knows one which knows it", () => {
  expect(circleIn(graphOf((path) => path.split("/").slice(0, 2).join("/")))).toBeNull();
});
