"use strict";

// The page of `portcullis map`: a treemap to walk in, what is known of the block that is looked at, and a list that says the
// same without colours.
(() => {
  const { data, count, percent, element, colour, draw, fill } = page;
  const byId = (id) => document.getElementById(id);

  const BANDS = ["critical", "high", "medium", "low", "unknown"];
  const SHOWN = 25;
  const DEEPEST = 8;
  const MOST_DRAWN = 5000;

  // The tree of directories and files.

  const node = (path, name, parent, block) => ({ path, name, parent, children: [], isFile: false, ...block });
  const root = node("", "all code", null, { band: "unknown", reasons: [], of_trouble: 1 });
  const known = new Map([["", root]]);
  const directories = new Map(data.directories.map((block) => [block.path, block]));

  /** The node of a directory, with those above it. */
  const directory = (path) => {
    if (known.has(path)) return known.get(path);
    const slash = path.lastIndexOf("/");
    const parent = directory(slash < 0 ? "" : path.slice(0, slash));
    const made = node(path, path.slice(slash + 1), parent, directories.get(path) ?? {});
    parent.children.push(made);
    known.set(path, made);
    return made;
  };
  for (const block of data.files) {
    const slash = block.path.lastIndexOf("/");
    const parent = directory(slash < 0 ? "" : block.path.slice(0, slash));
    const made = node(block.path, block.path.slice(slash + 1), parent, { ...block, isFile: true });
    parent.children.push(made);
    known.set(block.path, made);
  }
  for (const rest of data.rest) {
    const parent = directory(rest.directory);
    const name = `${count(rest.files)} files that carry less`;
    parent.children.push(node(`${rest.directory}/…`, name, parent, { ...rest, isFile: true, band: data.known ? "low" : "unknown", fixes: 0, of_trouble: 0, reasons: [] }));
  }

  /** A directory that holds nothing but another one is shown as one with it. */
  const join = (parent) => {
    parent.children = parent.children.map((child) => {
      let inner = child;
      while (inner.children.length === 1 && !inner.children[0].isFile) [inner] = inner.children;
      if (inner !== child) {
        inner.name = inner.path.slice(parent.path === "" ? 0 : parent.path.length + 1);
        inner.parent = parent;
      }
      join(inner);
      return inner;
    });
    parent.children.sort((one, other) => other.of_trouble - one.of_trouble || other.lines - one.lines);
  };
  join(root);
  root.lines = root.children.reduce((sum, child) => sum + child.lines, 0);
  root.fixes = root.children.reduce((sum, child) => sum + child.fixes, 0);
  if (root.children.length === 1 && !root.children[0].isFile) Object.assign(root, { children: root.children[0].children });
  for (const child of root.children) child.parent = root;

  // Numbers that come first.
  const tile = (words, number, small) =>
    element("div", { className: "tile" }, element("dt", {}, words), element("dd", {}, number, element("small", {}, small)));
  const inBand = (band) => data.files.filter((file) => file.band === band);
  const sum = (files, key) => files.reduce((all, file) => all + file[key], 0);
  byId("tiles").append(
    tile("code", count(root.lines), `lines in ${count(data.files.length + data.rest.reduce((all, rest) => all + rest.files, 0))} files`),
    tile("fixes", count(data.fixes), `${count(data.reverts)} took a change back`),
  );
  if (data.known) {
    for (const band of ["critical", "high"]) {
      const files = inBand(band);
      const trouble = Math.round(100 * sum(files, "of_trouble"));
      byId("tiles").append(tile(`${band} files`, count(files.length), `${percent(sum(files, "lines"), root.lines)} of the code, ${trouble} % of the trouble`));
    }
  }
  const legend = data.known ? BANDS.slice(0, 4).reverse() : ["unknown"];
  byId("legend").append(
    ...legend.map((band) => element("li", {}, element("span", { className: `swatch ${band}`, ariaHidden: "true" }), band === "unknown" ? "not known" : band)),
  );

  // What is looked at: the directory whose blocks are drawn, and one of its blocks, or it as a whole.
  let here = root;
  let chosen = root;

  const badge = (band) => element("span", { className: `band ${band}` }, band === "unknown" ? "not known" : band);

  const describe = () => {
    byId("detail-path").textContent = chosen === root ? "All code" : chosen.path;
    const facts = [`${count(chosen.lines)} lines`];
    if (data.known && chosen !== root) facts.push(`${Math.round(1000 * chosen.of_trouble) / 10} % of the trouble of late`);
    const place = chosen.percentile === undefined ? "" : ` carries more than ${chosen.percentile} % of the files`;
    byId("detail").replaceChildren(
      ...(chosen === root ? [] : [element("p", {}, badge(chosen.band), place)]),
      element("ul", {}, ...[...chosen.reasons, ...facts].map((reason) => element("li", {}, reason))),
    );
  };

  // The list beside the map: what is in the directory, or what was searched for.
  const row = (found, name) => {
    const button = element("button", { type: "button", className: "link" }, found.isFile ? name : `${name}/`);
    button.addEventListener("focus", () => choose(found));
    button.addEventListener("click", () => (found.isFile ? look(found.parent, found) : look(found)));
    return [button, found.lines, found.fixes, badge(found.band)];
  };
  const list = () => {
    const sought = byId("search").value.trim().toLowerCase();
    const table = byId("list");
    if (sought === "") {
      byId("list-title").textContent = here === root ? "All code" : `In ${here.path}/`;
      byId("found").textContent = "The most troubled first.";
      fill(table, here.children.map((child) => row(child, child.name)), SHOWN);
      return;
    }
    const found = [...known.values()].filter((one) => one !== root && one.path.toLowerCase().includes(sought));
    found.sort((one, other) => other.of_trouble - one.of_trouble || other.lines - one.lines);
    byId("list-title").textContent = "Found";
    byId("found").textContent = found.length === 0 ? "No path holds this." : `${count(found.length)} paths, the most troubled first.`;
    fill(table, found.slice(0, 500).map((one) => row(one, one.path)), SHOWN);
  };

  const trail = () => {
    const parts = [];
    for (let at = here; at; at = at.parent) parts.unshift(at);
    byId("trail").replaceChildren(
      ...parts.map((part) => {
        if (part === here) return element("span", { ariaCurrent: "location" }, part.name);
        const button = element("button", { type: "button", className: "link" }, part.name);
        button.addEventListener("click", () => look(part));
        return element("span", {}, button, " / ");
      }),
    );
  };

  // The map itself.
  const INK = { critical: "risk-critical-ink", high: "risk-high-ink", medium: "risk-medium-ink", low: "risk-low-ink", unknown: "risk-unknown-ink" };

  /** How many blocks lie in a directory, down to a depth. */
  const blocks = (of, depth) => of.children.reduce((sum, child) => sum + 1 + (depth > 1 ? blocks(child, depth - 1) : 0), 0);

  /** As deep as can be drawn at once. */
  const depthOf = (of) => {
    let depth = 1;
    while (depth < DEEPEST && blocks(of, depth + 1) <= MOST_DRAWN) depth += 1;
    return depth;
  };

  /** The square root of a block's area on the screen, in pixels, more or less. */
  const widthOf = (of) => {
    const { clientWidth, clientHeight } = byId("map");
    return Math.sqrt((clientWidth * clientHeight * of.lines) / Math.max(1, here.lines));
  };

  /** A block, with those in it down to a depth. An empty file is drawn, too. */
  const block = (of, depth) => {
    const width = widthOf(of);
    const made = {
      // Names are how blocks are found again, so they are paths.
      name: of.path,
      value: Math.max(1, of.lines),
      itemStyle: { color: colour(`risk-${of.band}`) },
      label: { color: colour(INK[of.band]), show: width > 30 },
      upperLabel: { show: width > 40 },
    };
    if (depth > 1 && of.children.length > 0) made.children = of.children.map((child) => block(child, depth - 1));
    return made;
  };
  const nameOf = (path) => {
    const found = known.get(path);
    if (!found) return path.endsWith("/…") ? "(others)" : path;
    return found.isFile ? found.name : `${found.name}/`;
  };
  const { chart, show } = draw(
    byId("map"),
    ({ text, tooltip }) => ({
      textStyle: text,
      tooltip: {
        ...tooltip,
        formatter: ({ name }) => {
          const found = known.get(name);
          if (!found || found === root) return "";
          const lines = [found.path, found.band === "unknown" ? "risk not known" : `risk: ${found.band}`, ...found.reasons, `${count(found.lines)} lines`];
          return lines.map((line) => (line.length > 64 ? `${line.slice(0, 30)} … ${line.slice(-31)}` : line)).join("\n");
        },
      },
      series: [
        {
          type: "treemap",
          name: here.path,
          data: here.children.map((child) => block(child, depthOf(here))),
          left: 0,
          right: 0,
          top: 0,
          bottom: 0,
          roam: false,
          nodeClick: false,
          breadcrumb: { show: false },
          visibleMin: 8,
          childrenVisibleMin: 60,
          label: { fontSize: 12, overflow: "truncate", padding: 3, position: "insideTopLeft", formatter: ({ name }) => nameOf(name) },
          upperLabel: { show: true, height: 19, color: text.color, fontSize: 12, overflow: "truncate", formatter: ({ name }) => nameOf(name) },
          itemStyle: { borderColor: colour("card"), borderWidth: 1, gapWidth: 1 },
          emphasis: {
            itemStyle: { color: "inherit", borderColor: colour("focus"), borderWidth: 3 },
            upperLabel: { show: true, color: colour("ground") },
          },
          levels: [
            { itemStyle: { borderWidth: 0, gapWidth: 2, borderColor: colour("card") }, upperLabel: { show: false } },
            { itemStyle: { borderColor: colour("line"), borderWidth: 2, gapWidth: 2 } },
            { itemStyle: { borderColor: colour("ground"), borderWidth: 1, gapWidth: 1 } },
            { itemStyle: { borderColor: colour("card"), borderWidth: 1, gapWidth: 0 } },
          ],
        },
      ],
    }),
    ({ name }) => {
      const pressed = known.get(name);
      if (pressed) open(belowHere(pressed));
    },
  );

  const mark = (on, type) => {
    if (on !== root && on !== here) chart.dispatchAction({ type, seriesIndex: 0, name: on.path });
  };

  /** Makes a block the one that is told of. */
  const choose = (block) => {
    mark(chosen, "downplay");
    chosen = block;
    mark(chosen, "highlight");
    describe();
  };

  /** Draws what is in a directory, and tells of it, or of one of its blocks. */
  const look = (into, block = into) => {
    if (here !== into) {
      here = into;
      const place = here === root ? "" : `#${encodeURIComponent(here.path)}`;
      if (decodeURIComponent(location.hash) !== decodeURIComponent(place)) history.pushState(null, "", place || location.pathname + location.search);
      show();
      trail();
    }
    choose(block);
    if (byId("search").value.trim() === "") list();
  };

  /** The block of those that are walked among that holds another one, or is it. */
  const belowHere = (block) => {
    let at = block;
    while (at.parent && at.parent !== here) at = at.parent;
    return at;
  };

  /** Goes on: into a directory, or to the file. */
  const open = (block) => (block.isFile ? choose(block) : look(block));

  byId("map").addEventListener("keydown", (event) => {
    const all = [...here.children].sort((one, other) => other.lines - one.lines);
    const at = all.indexOf(chosen);
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    if (event.key in steps && all.length > 0) {
      const next = at < 0 ? (steps[event.key] > 0 ? 0 : all.length - 1) : (at + steps[event.key] + all.length) % all.length;
      choose(all[next]);
      chart.dispatchAction({ type: "showTip", seriesIndex: 0, name: all[next].path });
    } else if (event.key === "Enter" && at >= 0) {
      open(chosen);
    } else if (event.key === "Escape" && here !== root) {
      const left = here;
      look(here.parent, left);
    } else {
      return;
    }
    event.preventDefault();
  });
  chart.on("mouseover", ({ name }) => {
    const found = known.get(name);
    if (found && found !== here) choose(found);
  });

  byId("search").addEventListener("input", list);
  byId("search-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const first = byId("list").querySelector("tbody button");
    if (first && byId("search").value.trim() !== "") first.focus();
  });

  /** Follows the address: a directory that is linked to, or gone back to. */
  const follow = () => {
    let path = "";
    try {
      path = decodeURIComponent(location.hash.slice(1));
    } catch {
      // An address that someone made up.
    }
    const found = known.get(path);
    look(found && !found.isFile ? found : root);
  };
  addEventListener("popstate", follow);
  trail();
  describe();
  list();
  follow();
})();
