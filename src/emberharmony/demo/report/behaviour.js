"use strict";
// Chooses the signal that is shown, and reads values under the pointer or the arrow keys back from the curves.
(() => {
  const choice = document.querySelector(".choice");
  if (choice) {
    const buttons = [...choice.children];
    const show = (chosen) => buttons.forEach((button) => {
      button.setAttribute("aria-pressed", button === chosen);
      document.getElementById(button.getAttribute("aria-controls")).classList.toggle("off", button !== chosen);
    });
    buttons.forEach((button) => button.addEventListener("click", () => show(button)));
    choice.hidden = false;
    show(buttons[0]);
  }

  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((each) => { each.open = true; }));

  const box = document.getElementById("values");
  const axis = (text) => { const [low, high, kind, ...label] = text.split(" "); return { low: +low, high: +high, kind, label: label.join(" ") }; };
  const at = ({ low, high, kind }, part) => (kind === "log" ? low * (high / low) ** part : low + (high - low) * part);
  const short = (number) => String(+number.toPrecision(4));
  const said = (x, part) => (x.kind === "time" ? new Date(1000 * at(x, part)).toISOString().slice(0, 16).replace("T", " ") + " UTC" : `${x.label} ${short(at(x, part))}`);
  const points = (path) => (path.points ??= [...path.getAttribute("d").matchAll(/(-?[\d.]+) (-?[\d.]+)/g)].map((m) => [+m[1], +m[2]]));

  for (const plot of document.querySelectorAll(".plot")) {
    const areas = [...plot.querySelectorAll("svg[data-x]")].filter((area) => area.querySelector("[data-name]"));
    if (!areas.length) continue;
    let part = 0.5;
    const cursor = plot.appendChild(Object.assign(document.createElement("div"), { className: "cursor", hidden: true }));
    const read = () => {
      const rows = [];
      let where = part;
      for (const area of areas) {
        const y = axis(area.dataset.y), height = area.viewBox.baseVal.height;
        for (const path of area.querySelectorAll("[data-name]")) {
          const all = points(path), near = Math.min(...all.map(([x]) => Math.abs(x - 1000 * part)));
          if (near > Math.max(3, 2000 / all.length)) continue; // a hole
          const here = all.filter(([x]) => Math.abs(x - 1000 * part) <= near + 0.6);
          if (!rows.length && all.length < 200) where = here[0][0] / 1000;
          const values = here.map(([, level]) => at(y, 1 - level / height)), low = Math.min(...values), high = Math.max(...values);
          const range = short(low) === short(high) ? short(low) : `${short(low)} to ${short(high)}`;
          rows.push(`${path.dataset.name}  ${range} ${path.dataset.unit ?? ""}`.trim());
        }
      }
      const frame = areas[0].getBoundingClientRect(), home = plot.getBoundingClientRect();
      cursor.style.left = `${frame.left - home.left + where * frame.width}px`;
      cursor.hidden = box.hidden = false;
      box.textContent = [said(axis(areas[0].dataset.x), where), ...rows].join("\n");
      const x = frame.left + where * frame.width, room = innerWidth - box.offsetWidth - 8;
      box.style.left = `${Math.max(8, x + 14 > room ? x - box.offsetWidth - 14 : x + 14)}px`;
      box.style.top = `${Math.max(8, Math.min(innerHeight - box.offsetHeight - 8, frame.top + 8))}px`;
    };
    const leave = () => { cursor.hidden = box.hidden = true; };
    plot.addEventListener("pointermove", (event) => {
      const frame = areas[0].getBoundingClientRect();
      part = (event.clientX - frame.left) / frame.width;
      if (part >= 0 && part <= 1) read(); else leave();
    });
    plot.addEventListener("pointerleave", leave);
    plot.addEventListener("blur", leave);
    plot.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (event.key === "Escape") leave();
      if (!step) return;
      event.preventDefault();
      part = Math.min(1, Math.max(0, part + step * (event.shiftKey ? 0.05 : 0.005)));
      read();
    });
  }
})();
