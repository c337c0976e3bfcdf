"use strict";

// What the pages have in common: their data, elements that hold text and never markup, charts that follow the window and
// the colour scheme, and tables.
const page = (() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const numbers = new Intl.NumberFormat("en");

  /** A number as people read it. */
  const count = (number) => numbers.format(number);

  /** A share of a whole, in percent. */
  const percent = (part, whole) => {
    if (whole === 0) return "0 %";
    const share = (100 * part) / whole;
    if (part > 0 && share < 0.1) return "< 0.1 %";
    return `${share < 10 ? share.toFixed(1) : Math.round(share)} %`;
  };

  /** An element with properties and children; strings become text. */
  const element = (tag, properties = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name in made) made[name] = value;
      else made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  };

  /** A colour of the style sheet, `--name`, as it is now. */
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  /** What charts have in common in the colours of now. */
  const look = () => {
    const ink = colour("ink");
    const faint = colour("faint");
    const line = colour("line");
    return {
      text: { color: ink, fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 13 },
      tooltip: {
        // Drawn on the canvas: names in it can be no markup, and need no inline style.
        renderMode: "richText",
        backgroundColor: colour("card"),
        borderColor: line,
        borderWidth: 1,
        padding: [8, 12],
        confine: true,
        textStyle: { color: ink, fontSize: 13 },
      },
      axis: {
        axisLine: { lineStyle: { color: line } },
        axisTick: { show: false },
        axisLabel: { color: faint, fontSize: 12, hideOverlap: true },
        splitLine: { lineStyle: { color: line } },
      },
    };
  };

  /**
   * Draws a chart into an element, anew whenever the colour scheme changes, and in the size that the element has.
   * `option` makes what ECharts asks for, out of what `look` says; `pick` is told what was clicked.
   */
  const draw = (container, option, pick) => {
    const chart = echarts.init(container, null, { renderer: "canvas" });
    const show = () => chart.setOption({ animation: !still.matches, ...option(look()) }, { notMerge: true });
    show();
    dark.addEventListener("change", show);
    new ResizeObserver(() => chart.resize()).observe(container);
    if (pick) chart.on("click", pick);
    return { chart, show };
  };

  /**
   * A table of rows of equal length. A cell is text, a number, or an element; numbers stand at the right. Rows beyond
   * `shown` come when asked for.
   */
  const fill = (table, rows, shown = 10) => {
    const made = rows.map((cells) => {
      const row = element("tr");
      cells.forEach((cell, position) => {
        const isNumber = typeof cell === "number";
        const tag = position === 0 ? "th" : "td";
        const box = element(tag, { className: isNumber ? "number" : "" }, isNumber ? count(cell) : cell);
        if (position === 0) box.scope = "row";
        row.append(box);
      });
      return row;
    });
    const body = table.tBodies[0];
    body.replaceChildren(...made.slice(0, shown));
    if (made.length <= shown) return;
    const more = element("button", { type: "button", className: "more" }, `show all ${count(made.length)}`);
    const columns = table.tHead.rows[0].cells.length;
    more.addEventListener("click", () => {
      body.replaceChildren(...made);
      const first = made[shown].querySelector("button");
      if (first) first.focus();
    });
    body.append(element("tr", {}, element("td", { colSpan: columns }, more)));
  };

  return { data, count, percent, element, colour, draw, fill };
})();
