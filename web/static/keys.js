// What the keyboard adds. Every page works without this script.

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
