// What keys, a drag and suggestions add. Every page works without this script; docs/web.md lists the keys.

// What a query may go on as, below the box: a listbox that the arrow keys walk through.
"use strict";
(() => {
  const box = document.querySelector("input[data-suggest]");
  if (!box) return;
  const list = document.createElement("ul");
  list.id = "suggested";
  list.className = "suggested";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  box.parentNode.append(list);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list",
  })) box.setAttribute(name, value);
  let at = -1, typed = "", waiting = 0, asked = null;

  const close = () => {
    list.hidden = true;
    at = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const choose = (number) => {
    const options = list.children;
    if (options[at]) options[at].setAttribute("aria-selected", "false");
    at = number;
    if (!options[at]) {
      at = -1;
      box.value = typed;
      box.removeAttribute("aria-activedescendant");
      return;
    }
    options[at].setAttribute("aria-selected", "true");
    options[at].scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", options[at].id);
    box.value = options[at].dataset.query;
  };
  const show = ([text, queries, said]) => {
    if (text !== box.value || document.activeElement !== box) return;
    list.replaceChildren(...queries.map((query, number) => {
      const option = document.createElement("li");
      const name = document.createElement("bdi");
      const about = document.createElement("span");
      option.id = `suggested-${number}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.query = name.textContent = query;
      about.textContent = said[number];
      option.append(name, " ", about);
      return option;
    }));
    at = -1;
    list.hidden = !queries.length;
    box.setAttribute("aria-expanded", String(!list.hidden));
  };
  const ask = async () => {
    typed = box.value;
    if (asked) asked.abort();
    if (typed.trim().length < 2) return close();
    asked = new AbortController();
    try {
      const answer = await fetch(`${box.dataset.suggest}?q=${encodeURIComponent(typed)}`, { signal: asked.signal });
      if (answer.ok) show(await answer.json());
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  };
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 120);
  });
  box.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    const last = list.children.length - 1;
    if (event.key === "ArrowDown") choose(at === last ? -1 : at + 1);
    else if (event.key === "ArrowUp") choose(at === -1 ? last : at - 1);
    else if (event.key === "Escape") {
      box.value = typed;
      close();
    } else return;
    event.preventDefault();
  });
  list.addEventListener("pointerdown", (event) => {
    const option = event.target.closest("li");
    if (!option) return;
    event.preventDefault();
    box.value = option.dataset.query;
    close();
    box.form.requestSubmit();
  });
  box.addEventListener("blur", close);
})();

// Keys that go to the box, from hit to hit and from mark to mark; and a drag over bars of dates.
(() => {
  const all = selector => [...document.querySelectorAll(selector)];
  const top = element => element.getBoundingClientRect().top;

  // Steps from what has the focus, or from the first that is in sight.
  const step = (elements, by, at) => {
    if (!elements.length) return;
    let next = at + by;
    if (at < 0) {
      const seen = elements.findIndex(element => top(element) >= 0);
      next = by > 0 ? Math.max(seen, 0) : (seen < 0 ? elements.length : seen) - 1;
    }
    return elements[Math.min(Math.max(next, 0), elements.length - 1)];
  };

  const hit = by => {
    const links = all(".hits :is(h2, h3) > a");
    step(links, by, links.indexOf(document.activeElement))?.focus();
  };

  const mark = by => {
    const marks = all("main mark[id]");
    const next = step(marks, by, marks.findIndex(each => `#${each.id}` === location.hash));
    if (next) location.replace("#" + next.id);
  };

  const keys = {
    "/": () => { const box = document.getElementById("q"); box?.focus(); box?.select(); },
    j: () => hit(1), k: () => hit(-1), n: () => mark(1), p: () => mark(-1),
  };

  // The links to the last and the first mark step from the one that is the target.
  document.addEventListener("click", event => {
    const by = event.target.closest?.("[data-step]")?.dataset.step;
    if (!by) return;
    event.preventDefault();
    mark(Number(by));
  });

  document.addEventListener("keydown", event => {
    if (event.defaultPrevented) return;
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "Escape" && typing) event.target.blur();
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });

  // A drag over bars of dates asks for all of them.
  const form = document.querySelector(".fromto");
  const bars = all(".band .chart a");
  const barOf = event => {
    const found = document.elementFromPoint(event.clientX, event.clientY)?.closest(".band .chart a");
    return bars.indexOf(found);
  };
  let first = -1;
  let last = -1;
  const shade = () => bars.forEach((bar, at) => {
    const chosen = first >= 0 && first !== last && at >= Math.min(first, last) && at <= Math.max(first, last);
    bar.classList.toggle("chosen", chosen);
  });
  const asked = (bar, name) => new URL(bar.getAttribute("href"), location).searchParams.get(name);
  if (form && bars.length) {
    document.addEventListener("pointerdown", event => {
      if (event.pointerType === "mouse" && event.button === 0) first = last = barOf(event);
    });
    document.addEventListener("pointermove", event => {
      const at = first < 0 ? -1 : barOf(event);
      if (at >= 0) { last = at; shade(); }
    });
    document.addEventListener("dragstart", event => {
      if (event.target.closest?.(".band .chart")) event.preventDefault();
    });
    document.addEventListener("pointerup", () => {
      const [from, to] = [bars[Math.min(first, last)], bars[Math.max(first, last)]];
      const moved = first >= 0 && first !== last;
      first = last = -1;
      shade();
      if (!moved) return;
      form.elements.from.value = asked(from, "from");
      form.elements.to.value = asked(to, "to");
      form.requestSubmit();
    });
  }
})();
