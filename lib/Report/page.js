// Draws the report from the data in this file. Names in the data may be hostile: they only ever become the text of
// a node (createTextNode), never markup, and never an attribute but aria-label or title.
"use strict";

const report = JSON.parse(document.getElementById("data").textContent);
const SVG = "http://www.w3.org/2000/svg";

// --- Elements -------------------------------------------------------------

function add(parent, ...children) {
  for (const child of children.flat())
    if (child !== null && child !== undefined)
      parent.append(child instanceof Node ? child : document.createTextNode(String(child)));
  return parent;
}

function html(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  return add(element, ...children);
}

// A name that may be cut off; the whole of it shows under the pointer.
function named(tag, className, name) {
  const element = html(tag, className, name);
  element.title = name;
  return element;
}

function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return add(element, ...children);
}

function fill(id, ...children) {
  const element = document.getElementById(id);
  element.replaceChildren();
  return add(element, ...children);
}

// --- Numbers --------------------------------------------------------------

const sum = (items, value) => items.reduce((total, item) => total + value(item), 0);
const largest = (items, value) => items.reduce((most, item) => Math.max(most, value(item)), 0);

// Three digits and a unit.
function scaled(value, units, step) {
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit + 1 < units.length) {
    value /= step;
    unit += 1;
  }
  const digits = Number.isInteger(value) && value < 1000 ? value : Number(value.toPrecision(3));
  return [String(digits), units[unit]];
}
const joined = ([digits, unit]) => (unit ? digits + "\u00a0" + unit : digits);
const energyParts = (picojoules) => scaled(picojoules, ["pJ", "nJ", "µJ", "mJ", "J"], 1000);
const byteParts = (bytes) => scaled(bytes, ["B", "kB", "MB", "GB"], 1000);
const energyText = (picojoules) => joined(energyParts(picojoules));
const byteText = (bytes) => joined(byteParts(bytes));
const countText = (count) => joined(scaled(count, ["", "k", "M", "G", "T"], 1000));
const exact = (count) => count.toLocaleString("en-US");
const plural = (count, word) => exact(count) + " " + word + (count === 1 ? "" : "s");
const times = (ratio) => (ratio >= 9.95 ? Math.round(ratio) : Number(ratio.toPrecision(2))) + "×";

// How much less one amount is than another, as words.
function compare(amount, reference, what) {
  if (!(amount > 0) || !(reference > 0)) return null;
  const ratio = reference / amount;
  if (ratio > 0.95 && ratio < 1.05) return "about as much as " + what;
  return ratio >= 1 ? times(ratio) + " less than " + what : times(1 / ratio) + " more than " + what;
}

// --- Bars and legends -----------------------------------------------------

// The class of a width: 1, 2, up to 4, 8, 16, and 32 bits.
function bitsClass(bits) {
  const limit = [1, 2, 4, 8, 16].find((most) => bits <= most);
  return "bits" + (limit || 32);
}
const bitsNames = {
  bits1: "1 bit", bits2: "2 bits", bits4: "3 or 4 bits", bits8: "5 to 8 bits", bits16: "9 to 16 bits", bits32: "float32",
};

// A bar of parts {kind, value, text}; `behind` is what stands in grey behind it.
function bar(parts, scale, label, behind) {
  const element = svg("svg", { class: "bar", role: "img", "aria-label": label });
  const width = (value) => (scale > 0 ? (100 * value) / scale : 0);
  if (behind)
    add(element, svg("rect", { class: "fill-track", width: width(behind.value) + "%", height: "100%" },
      svg("title", {}, behind.text)));
  let begin = 0;
  for (const part of parts.filter((one) => one.value > 0)) {
    // What is there is seen, however small.
    const shown = Math.max(width(part.value), 0.4);
    add(element, svg("rect", { class: "fill-" + part.kind, x: begin + "%", width: shown + "%", height: "100%" },
      svg("title", {}, part.text)));
    begin += shown;
  }
  return element;
}

function legendEntries(entries) {
  return entries.map(([kind, text]) => html("span", "", html("i", "swatch fill-" + kind), text));
}

const energyKinds = [["compute", "arithmetic"], ["weights", "reading weights"], ["activations", "moving activations"]];
const energyTotal = (energy) => energy.compute + energy.weights + energy.activations;
const energyPartsOf = (energy) =>
  energyKinds.map(([kind, text]) => ({ kind, value: energy[kind], text: text + ": " + energyText(energy[kind]) }));

// --- Summary --------------------------------------------------------------

function tile(title, [digits, unit], text, ...more) {
  return html("div", "tile", html("h2", "", title),
    html("div", "big quantity", digits, unit ? html("small", "", "\u00a0" + unit) : null), html("p", "", text), ...more);
}

function weightsByBits() {
  const counts = {};
  for (const layer of report.layers)
    if (layer.weights) {
      const kind = bitsClass(layer.weight_bits);
      counts[kind] = (counts[kind] || 0) + layer.weights;
    }
  return Object.keys(bitsNames).filter((kind) => counts[kind])
    .map((kind) => ({ kind, value: counts[kind], text: bitsNames[kind] + ": " + plural(counts[kind], "weight") }));
}

function weightTile(totals) {
  if (!totals.weights) return tile("Weights", ["none", ""], "no product has constant weights");
  const bits = sum(report.layers, (layer) => layer.weights * layer.weight_bits) / totals.weights;
  const stored = totals.weight_bytes ? byteText(totals.weight_bytes) : "code, no bytes";
  const less = compare(totals.weight_bytes, totals.weight_bytes_float32, "float32");
  return tile("Weights", [String(Number(bits.toPrecision(3))), bits === 1 ? "bit each" : "bits each"],
    plural(totals.weights, "weight") + " in " + stored + (less ? ", " + less : ""),
    bar(weightsByBits(), totals.weights, "weights by bits"));
}

function productTile(totals) {
  const additions = sum(report.layers, (layer) => (layer.macs ? layer.additions : 0));
  const parts = [
    { kind: "multiplications", value: totals.multiplications, text: plural(totals.multiplications, "multiplication") },
    { kind: "additions", value: additions, text: plural(additions, "addition") },
  ];
  const [digits, unit] = scaled(totals.multiplications, ["", "k", "M", "G", "T"], 1000);
  return tile("Products", [digits, (unit ? unit + " " : "") + "multiplications"],
    countText(totals.macs) + " multiply-accumulate steps take " + countText(additions) + " additions",
    bar(parts, 2 * totals.macs || 1, "multiplications and additions, of two operations a step"));
}

function arenaTile() {
  const { bytes, lower_bound: bound } = report.arena;
  const text = bytes <= bound ? "for all values between layers; no plan can take less"
    : "for all values between layers; " + byteText(bound) + " are alive at once";
  return tile("Working memory", byteParts(bytes), text,
    bar([{ kind: "activations", value: bound, text: byteText(bound) + " alive at once" }], bytes || 1, "use of the arena"));
}

function energyTile() {
  const { compiled, int8, float32 } = report.energy_model;
  const total = energyTotal(compiled.energy_pj);
  const ratios = [compare(total, energyTotal(int8.energy_pj), "in int8"),
    compare(total, energyTotal(float32.energy_pj), "in float32")];
  return tile("Energy of one run, modelled", energyParts(total), ratios.filter(Boolean).join(", "),
    bar(energyPartsOf(compiled.energy_pj), total || 1, "energy by what takes it"));
}

function drawSummary() {
  document.title = (report.model || "model") + " – Setun report";
  fill("model", report.model || "model");
  fill("about", (report.opset ? "ONNX opset " + report.opset + ", " : "") + plural(report.layers.length, "operation") + " in "
    + plural(report.steps.length, "step"));
  fill("summary", weightTile(report.totals), productTile(report.totals), arenaTile(), energyTile());
}

// --- Energy against other formats -----------------------------------------

// Weights that became additions cost nothing to read only where the additions are wires.
function aboutCode() {
  const inCode = report.layers.filter((layer) => layer.weights && !layer.weight_bytes).length;
  return inCode ? "The weights of " + plural(inCode, "product") + " are networks of additions: wires of a circuit; a program would fetch them "
    + "as instructions, which are not counted." : "";
}

function drawEnergy() {
  const { compiled, int8, float32 } = report.energy_model;
  const formats = [["compiled", compiled], ["int8", int8], ["float32", float32]];
  const scale = largest(formats, ([, format]) => energyTotal(format.energy_pj));
  const own = energyTotal(compiled.energy_pj);
  fill("energy-legend", legendEntries(energyKinds));
  fill("energy-bars", formats.map(([name, format]) => {
    const total = energyTotal(format.energy_pj);
    const ratio = format === compiled || !(own > 0) ? null : html("small", "", " " + times(total / own) + " as much");
    return html("div", "versus", html("div", "label", name), bar(energyPartsOf(format.energy_pj), scale, name + ": " + energyText(total)),
      html("div", "quantity", energyText(total), ratio));
  }));
  fill("energy-note", "As compiled, weights and tables (" + byteText(compiled.weight_bytes) + ") come from " + compiled.weight_memory
    + ", activations (" + byteText(compiled.activation_bytes) + ") from " + compiled.activation_memory + "; in float32 from "
    + float32.weight_memory + " and " + float32.activation_memory + ". " + aboutCode());
}

// --- Steps ----------------------------------------------------------------

const layersOfStep = report.steps.map(() => []);
for (const layer of report.layers) if (layer.step >= 0) layersOfStep[layer.step].push(layer);

const steps = report.steps.map((step, index) => {
  const layers = layersOfStep[index];
  const products = layers.filter((layer) => layer.macs > 0);
  const others = layers.filter((layer) => !(layer.macs > 0));
  const name = (products[0] || layers[0] || step).name || "(no name)";
  return { ...step, name, index, layers, products, macs: sum(products, (layer) => layer.macs), energy: energyTotal(step.energy_pj),
    multiplications: sum(products, (layer) => layer.multiplications), additions: sum(products, (layer) => layer.additions),
    others: sum(others, (layer) => layer.other_operations || 0) };
});

function bitChip(bits) {
  return bits ? html("span", "bit fill-" + bitsClass(bits), bits) : html("span", "", "–");
}

// Bits of what goes in, the weights, and what comes out.
function bitChips(step) {
  const first = step.products[0] || step.layers[0];
  const last = step.layers[step.layers.length - 1];
  if (!first) return html("div", "bits", "moves values");
  return html("div", "bits", bitChip(first.input_bits), first.weight_bits ? ["·", bitChip(first.weight_bits)] : null, "→",
    bitChip(last.output_bits));
}

function weightCell(step, scale) {
  const parts = step.products.filter((layer) => layer.weights).map((layer) => ({ kind: bitsClass(layer.weight_bits), value: layer.weight_bytes,
    text: plural(layer.weights, "weight") + " of " + plural(layer.weight_bits, "bit") + " in " + byteText(layer.weight_bytes) }));
  const weights = sum(parts, (part) => part.value);
  const others = Math.max(step.constant_bytes - weights, 0);
  parts.push({ kind: "other", value: others, text: "other constants: scales, biases, tables: " + byteText(others) });
  const inCode = step.products.some((layer) => layer.weights && !layer.weight_bytes);
  const text = [weights ? byteText(weights) : inCode ? "in code" : null, others ? byteText(others) + " other" : null].filter(Boolean);
  return html("div", "cell", bar(parts, scale, "constants: " + byteText(step.constant_bytes)),
    html("p", "", html("span", "what", "weights "), text.join(" + ") || "none"));
}

function operationCell(step, scale) {
  const parts = [
    { kind: "multiplications", value: step.multiplications, text: plural(step.multiplications, "multiplication") },
    { kind: "additions", value: step.additions, text: plural(step.additions, "addition") },
    { kind: "scales", value: step.others, text: plural(step.others, "operation") + " around products: scales, thresholds, activations" },
  ];
  const counted = [[step.multiplications, "mul"], [step.additions, "add"], [step.others, "other"]].filter(([count]) => count)
    .map(([count, word]) => countText(count) + " " + word);
  return html("div", "cell", bar(parts, scale, plural(step.macs, "multiply-accumulate step"),
    { value: 2 * step.macs, text: plural(step.macs, "multiply-accumulate step") + ", two operations each" }),
  html("p", "", (step.macs ? countText(step.macs) + " MACs: " : "") + (counted.join(", ") || "none")));
}

function energyCell(step, scale) {
  const share = (100 * step.energy) / (report.totals.energy_pj || 1);
  return html("div", "cell", bar(energyPartsOf(step.energy_pj), scale, energyText(step.energy)),
    html("p", "", html("span", "what", "energy "), energyText(step.energy) + " · " + Number(share.toPrecision(2)) + "\u00a0%"));
}

function drawStep(step, scales) {
  const kernels = [...new Set(step.layers.map((layer) => layer.kernel || layer.op))];
  return html("div", "step",
    html("div", "title", html("span", "number", step.index + 1), html("div", "", named("div", "name", step.name),
      named("div", "kernels", kernels.join(", ")))),
    bitChips(step), weightCell(step, scales.constants), operationCell(step, scales.operations), energyCell(step, scales.energy));
}

const SHOWN_STEPS = 40;

function drawSteps(all) {
  const scales = { constants: largest(steps, (step) => step.constant_bytes), energy: largest(steps, (step) => step.energy),
    operations: largest(steps, (step) => Math.max(2 * step.macs, step.additions + step.multiplications + step.others)) };
  let shown = steps;
  if (!all && steps.length > SHOWN_STEPS + 10) {
    const chosen = new Set([...steps].sort((a, b) => b.energy - a.energy || a.index - b.index).slice(0, SHOWN_STEPS));
    shown = steps.filter((step) => chosen.has(step));
  }
  const head = ["Step", "Bits", "Weights and other constants", "Operations", "Energy"].map((text) => html("div", "", text));
  fill("steps-rows", html("div", "step-head", ...head), shown.map((step) => drawStep(step, scales)));
  if (shown.length === steps.length) return;
  const rest = 1 - sum(shown, (step) => step.energy) / (report.totals.energy_pj || 1);
  const more = html("button", "", "show all " + steps.length + " steps (the others take " + Number((100 * rest).toPrecision(2)) + " % of the energy)");
  more.addEventListener("click", () => drawSteps(true));
  add(document.getElementById("steps-rows"), more);
}

function drawStepsLegend() {
  const used = new Set(report.layers.flatMap((layer) => [layer.input_bits, layer.weight_bits, layer.output_bits]).filter(Boolean).map(bitsClass));
  const groups = [
    ["Bits and weights", [...Object.entries(bitsNames).filter(([kind]) => used.has(kind)), ["other", "other constants: scales, biases, tables"]]],
    ["Operations", [["multiplications", "multiplications"], ["additions", "additions"], ["scales", "around products"], ["track", "two for each MAC"]]],
    ["Energy", energyKinds]];
  fill("steps-legend", groups.map(([name, entries]) => html("div", "legend", html("strong", "", name), legendEntries(entries))));
}

// --- Arena ----------------------------------------------------------------

const PLOT = { height: 320, bottom: 34, top: 22 };
const SHOWN_BUFFERS = 3000;
const bufferKinds = ["weights", "compute", "activations", "bits2", "bits16", "bits1"];

// Bytes that are alive at each step, in blocks of 64 as they are placed.
function aliveBytes(buffers) {
  const changes = new Array(steps.length + 1).fill(0);
  for (const buffer of buffers) {
    const bytes = Math.ceil(buffer.bytes / 64) * 64;
    changes[buffer.first_step] += bytes;
    changes[buffer.last_step + 1] -= bytes;
  }
  let alive = 0;
  return steps.map((step) => (alive += changes[step.index]));
}

function drawBuffer(buffer, x, y) {
  const left = x(buffer.first_step), right = x(buffer.last_step + 1);
  const top = y(buffer.offset + buffer.bytes), height = y(buffer.offset) - top;
  // An inner svg cuts off names that are longer than their buffer.
  const cell = svg("svg", { x: left + "%", y: top, width: right - left + "%", height: Math.max(height, 1) },
    svg("rect", { class: "buffer fill-" + bufferKinds[buffer.index % bufferKinds.length], width: "100%", height: "100%" },
      svg("title", {}, buffer.name + ": " + exact(buffer.bytes) + " bytes at " + exact(buffer.offset) + ", steps " + (buffer.first_step + 1)
        + " to " + (buffer.last_step + 1))));
  if (height >= 14)
    add(cell, svg("text", { class: "buffer-name", x: 6, y: height / 2 + 4 }, buffer.name + " · " + byteText(buffer.bytes)));
  return cell;
}

function drawAlive(alive, x, y) {
  const lines = [];
  alive.forEach((bytes, step) => {
    lines.push(svg("line", { class: "alive", x1: x(step) + "%", x2: x(step + 1) + "%", y1: y(bytes), y2: y(bytes) }));
    if (step > 0) lines.push(svg("line", { class: "alive", x1: x(step) + "%", x2: x(step) + "%", y1: y(alive[step - 1]), y2: y(bytes) }));
  });
  return lines;
}

function drawArena() {
  const { bytes, lower_bound: bound, buffers } = report.arena;
  if (!buffers.length) {
    fill("arena-note", "No values wait between steps: the arena is empty.");
    return;
  }
  fill("arena-note", "Each block is one value: as wide as the steps during which it is needed, as high as its bytes, where it lies in the arena of "
    + exact(bytes) + " bytes. The red line is what is alive at each step; no plan can stay below its highest point, " + exact(bound) + " bytes.");
  const body = PLOT.height - PLOT.top - PLOT.bottom;
  const x = (step) => (100 * step) / steps.length;
  const y = (address) => PLOT.top + body * (1 - address / bytes);
  const drawn = buffers.map((buffer, index) => ({ ...buffer, index })).sort((a, b) => b.bytes - a.bytes).slice(0, SHOWN_BUFFERS);
  const every = Math.ceil(steps.length / 24);
  const numbers = steps.filter((step) => step.index % every === 0).map((step) => svg("text",
    { x: x(step.index + 0.5) + "%", y: PLOT.height - 14, "text-anchor": "middle" }, step.index + 1, svg("title", {}, step.name)));
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => svg("text", { x: "100%", y: y(part * bytes) + 4, "text-anchor": "end" },
    byteText(Math.round(part * bytes))));
  const axis = svg("svg", { class: "plot addresses", height: PLOT.height }, ticks,
    svg("text", { x: "100%", y: PLOT.height - 14, "text-anchor": "end" }, "step"));
  const blocks = svg("svg", { class: "plot", height: PLOT.height, role: "img", "aria-label": "buffers of the arena over time" },
    drawn.map((buffer) => drawBuffer(buffer, x, y)), drawAlive(aliveBytes(buffers), x, y),
    svg("line", { class: "limit", x1: 0, x2: "100%", y1: y(bytes), y2: y(bytes) }),
    svg("line", { class: "axis", x1: 0, x2: "100%", y1: y(0), y2: y(0) }), numbers);
  fill("arena-plot", axis, blocks);
}

// --- Notes, tables --------------------------------------------------------

const SHOWN_NOTES = 100;

function drawNotes() {
  const noted = report.layers.filter((layer) => layer.why_float || layer.note);
  const floats = report.layers.filter((layer) => layer.kernel === "float").length;
  const products = report.layers.filter((layer) => layer.kernel).length;
  const head = !products ? "The model has no product." : floats ? exact(floats) + " of " + plural(products, "product") + " stayed float."
    : "No product stayed float.";
  fill("notes-list", html("p", "note", head),
    html("ul", "", noted.slice(0, SHOWN_NOTES).map((layer) => html("li", "", html("strong", "", layer.name), ": ", layer.why_float || layer.note)),
      noted.length > SHOWN_NOTES ? html("li", "", "and " + exact(noted.length - SHOWN_NOTES) + " more") : null));
}

const columns = [
  { title: "#", value: (layer, index) => index + 1, text: (layer, index) => index + 1 },
  { title: "Node", word: true, value: (layer) => layer.name, text: (layer) => layer.name },
  { title: "Operation", word: true, value: (layer) => layer.op, text: (layer) => layer.op },
  { title: "Kernel", word: true, value: (layer) => layer.kernel, text: (layer) => layer.kernel },
  { title: "Shape", word: true, value: (layer) => layer.shape.reduce((size, extent) => size * extent, 1), text: (layer) => layer.shape.join("×") },
  { title: "Bits", value: (layer) => layer.weight_bits, text: (layer) => [layer.input_bits, layer.weight_bits, layer.output_bits].map((bits) => bits || "–").join("/") },
  { title: "MACs", value: (layer) => layer.macs, text: (layer) => exact(layer.macs) },
  { title: "Multiplications", value: (layer) => layer.multiplications, text: (layer) => exact(layer.multiplications) },
  { title: "Additions", value: (layer) => layer.additions, text: (layer) => exact(layer.additions) },
  { title: "Weight bytes", value: (layer) => layer.weight_bytes, text: (layer) => (layer.weights && !layer.weight_bytes ? "in code" : exact(layer.weight_bytes)) },
  { title: "Energy", value: (layer) => layer.energy_pj, text: (layer) => energyText(layer.energy_pj) },
];
const SHOWN_ROWS = 2000;

function compareValues(a, b) {
  return typeof a === "string" ? (a < b ? -1 : a > b ? 1 : 0) : a - b;
}

function drawOperations(column, direction) {
  const rows = report.layers.map((layer, index) => ({ layer, index, key: columns[column].value(layer, index) }));
  rows.sort((a, b) => direction * compareValues(a.key, b.key) || a.index - b.index);
  const head = columns.map((one, index) => {
    const button = html("button", "", one.title);
    const cell = html("th", one.word ? "word" : "", button);
    cell.scope = "col";
    if (index === column) cell.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
    const first = one.word || index === 0 ? 1 : -1;
    button.addEventListener("click", () => drawOperations(index, index === column ? -direction : first));
    return cell;
  });
  const body = rows.slice(0, SHOWN_ROWS).map(({ layer, index }) => html("tr", "", columns.map((one) =>
    one.title === "Node" ? named("td", "word name", layer.name) : html("td", one.word ? "word" : "", one.text(layer, index)))));
  if (rows.length > SHOWN_ROWS)
    body.push(html("tr", "", html("td"), html("td", "word", "and " + exact(rows.length - SHOWN_ROWS) + " more")));
  fill("operations-table", html("thead", "", html("tr", "", head)), html("tbody", "", body));
}

function drawModel() {
  const model = report.energy_model;
  const row = (tag, cells) => html("tr", "", cells.map((cell, index) => html(tag, index ? "" : "word", cell)));
  fill("constants-table", html("thead", "", row("th", ["Constant", "pJ"])),
    html("tbody", "", Object.entries(model.constants_pj).map((entry) => row("td", entry))));
  const formats = [["compiled", model.compiled], ["int8", model.int8], ["float32", model.float32]];
  fill("memories-table", html("thead", "", row("th", ["", "Constants", "from", "Activations", "from", "Energy"])),
    html("tbody", "", formats.map(([name, format]) => row("td", [name, byteText(format.weight_bytes), format.weight_memory,
      byteText(format.activation_bytes), format.activation_memory, energyText(energyTotal(format.energy_pj))]))));
  fill("source", "Constants: " + model.source + "; " + model.technology + ".");
}

// --- A design for an FPGA -------------------------------------------------

function drawHls() {
  const design = report.hls;
  if (!design) return;
  document.getElementById("hls").hidden = false;
  const kinds = [["lut", "LUT"], ["ff", "FF"], ["bram18", "BRAM 18K"], ["dsp", "DSP"]];
  const cost = (one) => kinds.map(([kind]) => exact(one[kind]));
  const row = (tag, cells) => html("tr", "", cells.map((cell, index) => html(tag, index ? "" : "word name", cell)));
  const frames = 1e9 / design.clock_ns / design.interval_cycles;
  fill("hls-note", "Estimated before synthesis, by no vendor's tool. From frame to frame " + exact(design.interval_cycles) + " clock cycles, "
    + exact(Math.floor(frames)) + " frames a second at " + design.clock_ns + " ns; from the first word of a frame to its last result "
    + exact(design.latency_cycles) + " cycles.");
  const body = design.stages.map((stage) => row("td", [stage.name, stage.pe || "", stage.simd || "", exact(stage.cycles), ...cost(stage)]));
  body.push(row("th", ["total", "", "", exact(design.interval_cycles), ...cost(design.total)]));
  if (design.device) {
    body.push(row("td", ["of " + design.part, "", "", "", ...cost(design.device)]));
    body.push(row("td", ["", "", "", "", ...kinds.map(([kind]) => Math.round((100 * design.total[kind]) / design.device[kind]) + " %")]));
  }
  fill("hls-table", html("thead", "", row("th", ["Stage", "PE", "SIMD", "Cycles", ...kinds.map(([, title]) => title)])), html("tbody", "", body));
}

drawSummary();
drawEnergy();
drawStepsLegend();
drawSteps(false);
drawArena();
drawNotes();
drawOperations(0, 1);
drawModel();
drawHls();
