"use strict";

// The page of `portcullis simulate`: charts and tables over steps, each of which can be opened.
(() => {
  const { data, count, percent, element, colour, draw, fill } = page;
  const byId = (id) => document.getElementById(id);

  /** What can become of a step, in the order in which it is stacked and sorted. */
  const OUTCOMES = [
    ["refused", "refused"],
    ["approval", "needs approval"],
    ["warned", "warned"],
    ["failed", "not judged"],
  ];
  const WORDS = Object.fromEntries(OUTCOMES);
  const PAGE = 25;

  const pushes = data.pushes.map((push) => {
    const all = (key) => [...new Set(push.found.flatMap((found) => found[key]))];
    const authors = all("authors");
    const rules = push.found.map((found) => found.rule);
    return {
      ...push,
      month: push.time.slice(0, 7),
      rules,
      zones: all("zones"),
      directories: all("directories"),
      authors: authors.length > 0 ? authors : [push.pusher],
      words: [push.subject, push.new, push.pusher, ...authors, ...rules, ...all("paths"), push.failure ?? ""].join("\n").toLowerCase(),
    };
  });

  // Numbers that come first.
  const tile = (kind, words, number) =>
    element(
      "div",
      { className: `tile ${kind}` },
      element("dt", {}, words),
      element("dd", {}, count(number), element("small", {}, kind === "steps" ? `in ${(data.took_ms / 1000).toFixed(1)} s` : percent(number, data.steps))),
    );
  byId("tiles").append(tile("steps", data.kind, data.steps), tile("accepted", "accepted", data.outcomes.accepted));
  for (const [kind, words] of OUTCOMES) {
    if (data.outcomes[kind] > 0 || kind === "refused" || kind === "approval") {
      byId("tiles").append(tile(kind, words, data.outcomes[kind]));
    }
  }

  // What narrows the table down.
  const filters = {
    outcome: (push, value) => push.outcome === value,
    rule: (push, value) => push.rules.includes(value),
    zone: (push, value) => push.zones.includes(value),
    directory: (push, value) => push.directories.some((path) => path === value || path.startsWith(`${value}/`)),
    author: (push, value) => push.authors.includes(value),
    month: (push, value) => push.month === value,
  };
  const offer = (id, values, say = (value) => value) => {
    byId(id).append(...values.map((value) => element("option", { value }, say(value))));
    byId(id).parentElement.hidden = values.length === 0;
  };
  const several = (key) => [...new Set(pushes.flatMap((push) => push[key]))].sort();
  offer("outcome", OUTCOMES.map(([kind]) => kind).filter((kind) => pushes.some((push) => push.outcome === kind)), (kind) => WORDS[kind]);
  offer("rule", several("rules"));
  offer("zone", several("zones"));
  offer("directory", several("directories"));
  offer("author", several("authors"));
  offer("month", several("month").reverse());

  let sorted = { key: "time", ascending: false };
  let place = 0;

  const chosen = () => {
    const search = byId("search").value.toLowerCase();
    const active = Object.entries(filters).filter(([id]) => byId(id).value !== "");
    const found = pushes.filter((push) => push.words.includes(search) && active.every(([id, holds]) => holds(push, byId(id).value)));
    const rank = (push) => {
      if (sorted.key === "outcome") return OUTCOMES.findIndex(([kind]) => kind === push.outcome);
      const value = push[sorted.key];
      return Array.isArray(value) ? value.join(", ") : value;
    };
    const sign = sorted.ascending ? 1 : -1;
    return found.sort((one, other) => {
      const [left, right] = [rank(one), rank(other)];
      return left < right ? -sign : left > right ? sign : 0;
    });
  };

  const few = (names, most = 3) => (names.length > most ? `${names.slice(0, most).join(", ")} +${names.length - most}` : names.join(", "));

  /** What the pusher would have been told, below the row of the step. */
  const detail = (push) => {
    const box = element("td", { colSpan: 5 });
    if (push.explanation) box.append(element("pre", { tabIndex: 0 }, push.explanation));
    else if (push.failure) box.append(element("p", {}, push.failure));
    else box.append(element("p", { className: "note" }, "This page has the explanations of the newest steps only."));
    box.append(element("p", { className: "note" }, "To see it again, as if it were pushed now:"), element("pre", { tabIndex: 0 }, push.explain));
    return element("tr", { className: "detail" }, box);
  };

  const row = (push) => {
    const open = element("button", { type: "button", className: "link", ariaExpanded: "false" }, push.subject || "(no subject)");
    const made = element(
      "tr",
      {},
      element("td", { className: "id date" }, push.time.slice(0, 10)),
      element("td", {}, open, " ", element("span", { className: "id note" }, push.new.slice(0, 12))),
      element("td", {}, few(push.authors)),
      element("td", {}, few([...new Set(push.rules)])),
      element("td", {}, element("span", { className: `verdict ${push.outcome}` }, WORDS[push.outcome])),
    );
    open.addEventListener("click", () => {
      const isOpen = open.ariaExpanded === "true";
      open.ariaExpanded = String(!isOpen);
      if (isOpen) made.nextSibling.remove();
      else made.after(detail(push));
    });
    return made;
  };

  const show = () => {
    const found = chosen();
    const pages = Math.max(1, Math.ceil(found.length / PAGE));
    place = Math.min(place, pages - 1);
    byId("pushes").tBodies[0].replaceChildren(...found.slice(place * PAGE, (place + 1) * PAGE).map(row));
    byId("shown").textContent = `${count(found.length)} of ${count(pushes.length)} steps`;
    byId("place").textContent = `page ${count(place + 1)} of ${count(pages)}`;
    byId("newer").disabled = place === 0;
    byId("older").disabled = place === pages - 1;
  };
  const from = (start) => {
    place = start;
    show();
  };

  /** Narrows the table down to one value, and leads there. */
  const narrow = (id, value) => {
    byId("filters").reset();
    byId(id).value = value;
    from(0);
    byId("pushes-title").scrollIntoView({ block: "start" });
    byId(id).focus({ preventScroll: true });
  };

  byId("filters").addEventListener("input", () => from(0));
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("reset", () => setTimeout(() => from(0)));
  byId("newer").addEventListener("click", () => from(place - 1));
  byId("older").addEventListener("click", () => from(place + 1));
  for (const head of byId("pushes").tHead.rows[0].cells) {
    head.firstElementChild.addEventListener("click", () => {
      const { key } = head.dataset;
      sorted = { key, ascending: sorted.key === key ? !sorted.ascending : true };
      for (const other of byId("pushes").tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", sorted.ascending ? "ascending" : "descending");
      from(0);
    });
  }
  show();

  // Tables of who and where.
  const link = (id, name) => {
    const button = element("button", { type: "button", className: "link" }, name);
    button.addEventListener("click", () => narrow(id, name));
    return button;
  };
  const shares = (table, id, rows) => {
    fill(byId(table), rows.map((share) => [link(id, share.name), share.refused, share.approval, share.warned]));
    byId(`${table}-card`).hidden = rows.length === 0;
  };
  shares("zones", "zone", data.zones);
  shares("authors", "author", data.authors);
  fill(byId("reviewers"), data.reviewers.map((load) => [load.name, load.asked, load.needed]));
  byId("reviewers-card").hidden = data.reviewers.length === 0;
  fill(
    byId("slowest"),
    data.slowest.map((slow) => [`${slow.commit.slice(0, 12)} ${slow.subject}`, slow.new_commits, element("span", { className: "number" }, `${slow.took_ms.toFixed(1)} ms`)]),
  );

  // Charts.
  const series = (of) =>
    OUTCOMES.filter(([kind]) => of.some((entry) => (entry[kind] ?? 0) > 0)).map(([kind, words]) => ({
      type: "bar",
      name: words,
      stack: "all",
      barMaxWidth: 26,
      itemStyle: { color: colour(kind), borderColor: colour("card"), borderWidth: 0.5 },
      emphasis: { focus: "series" },
      data: of.map((entry) => entry[kind] ?? 0),
    }));

  /** Every month from the first to the last, be it that nothing happened. */
  const months = (() => {
    const known = new Map(data.months.map((month) => [month.month, month]));
    const names = [...known.keys()].filter((name) => /^\d{4}-\d{2}$/.test(name)).sort();
    if (names.length === 0) return [];
    const all = [];
    let [year, month] = names[0].split("-").map(Number);
    for (;;) {
      const name = `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}`;
      all.push(known.get(name) ?? { month: name, steps: 0 });
      if (name >= names[names.length - 1] || all.length > 2400) return all;
      [year, month] = month === 12 ? [year + 1, 1] : [year, month + 1];
    }
  })();

  draw(
    byId("months"),
    ({ text, tooltip, axis }) => ({
      textStyle: text,
      aria: { enabled: true },
      legend: { top: 0, right: 0, textStyle: text, itemWidth: 14, itemHeight: 10 },
      tooltip: {
        ...tooltip,
        trigger: "axis",
        axisPointer: { type: "shadow" },
        formatter: (parts) => {
          const month = months[parts[0].dataIndex];
          const lines = parts.map((part) => `${part.seriesName}: ${count(part.value)}`);
          return [`${month.month}, ${count(month.steps)} ${data.kind}`, ...lines].join("\n");
        },
      },
      grid: { left: 8, right: 8, top: 36, bottom: months.length > 24 ? 56 : 8, containLabel: true },
      xAxis: { type: "category", data: months.map((month) => month.month), ...axis, splitLine: { show: false } },
      yAxis: { type: "value", minInterval: 1, ...axis, axisLine: { show: false } },
      dataZoom: months.length > 24 ? [{ type: "slider", height: 24, bottom: 8, borderColor: colour("line"), textStyle: axis.axisLabel, brushSelect: false }] : [],
      series: series(months),
    }),
    (event) => narrow("month", event.name),
  );

  const rules = data.rules.filter((rule) => rule.refused + rule.approval + rule.warned > 0).slice(0, 15).reverse();
  byId("rules").style.height = `${Math.max(9, 3.5 + 2.2 * rules.length)}rem`;
  draw(
    byId("rules"),
    ({ text, tooltip, axis }) => ({
      textStyle: text,
      aria: { enabled: true },
      legend: { top: 0, right: 0, textStyle: text, itemWidth: 14, itemHeight: 10 },
      tooltip: { ...tooltip, trigger: "axis", axisPointer: { type: "shadow" } },
      grid: { left: 8, right: 24, top: 36, bottom: 0, containLabel: true },
      xAxis: { type: "value", minInterval: 1, ...axis, axisLine: { show: false } },
      yAxis: { type: "category", data: rules.map((rule) => rule.name), ...axis, axisLabel: { ...axis.axisLabel, color: text.color, width: 170, overflow: "truncate" } },
      series: series(rules),
    }),
    (event) => narrow("rule", event.name),
  );

  /** Directories as they lie in each other; a parent counts what it has beside its children. */
  const tree = (() => {
    const root = { children: new Map() };
    for (const { name, refused, approval, warned } of data.directories) {
      let node = root;
      let path = "";
      for (const part of name === "." ? ["(top)"] : name.split("/")) {
        path = path === "" ? (part === "(top)" ? "." : part) : `${path}/${part}`;
        if (!node.children.has(part)) node.children.set(part, { name: part, path, own: 0, children: new Map() });
        node = node.children.get(part);
      }
      node.own = refused + approval + warned;
    }
    const plain = (node) => {
      const children = [...node.children.values()].map(plain);
      if (node.own > 0 && children.length > 0) children.push({ name: `${node.name}/*`, path: node.path, value: node.own });
      if (children.length === 0) return { name: node.name, path: node.path, value: node.own };
      return { name: node.name, path: node.path, value: children.reduce((sum, child) => sum + child.value, 0), children };
    };
    return [...root.children.values()].map(plain);
  })();

  byId("directories").style.height = byId("rules").style.height;
  draw(
    byId("directories"),
    ({ text, tooltip }) => ({
      textStyle: text,
      aria: { enabled: true },
      tooltip: { ...tooltip, formatter: (event) => `${event.data?.path ?? ""}\n${count(event.value)}` },
      color: [colour("place")],
      series: [
        {
          type: "treemap",
          data: tree,
          left: 0,
          right: 0,
          top: 0,
          bottom: 26,
          roam: false,
          nodeClick: "zoomToNode",
          leafDepth: 2,
          breadcrumb: { bottom: 0, height: 20, itemStyle: { color: colour("ground"), borderColor: colour("line"), textStyle: { color: text.color } }, emphasis: { itemStyle: { color: colour("line") } } },
          label: { color: "#fff", fontSize: 12, overflow: "truncate" },
          upperLabel: { show: true, height: 20, color: text.color, fontSize: 12 },
          itemStyle: { borderColor: colour("card"), gapWidth: 1 },
          levels: [
            { itemStyle: { borderWidth: 0, gapWidth: 3 }, upperLabel: { show: false } },
            { itemStyle: { borderColor: colour("line"), borderWidth: 3, gapWidth: 1 } },
            { itemStyle: { borderWidth: 1, gapWidth: 1 } },
          ],
        },
      ],
    }),
    (event) => {
      if (event.data?.path && !event.data.children) narrow("directory", event.data.path);
    },
  );
})();
