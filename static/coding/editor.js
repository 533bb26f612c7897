"use strict";
/* Saves the way to the server's plain forms: search as you type, arrow keys, moving by keyboard and by dragging.
   With it the lists are a tree (ARIA Authoring Practices, navigation treeview): one stop for Tab, arrow keys inside. */
(() => {
  const editor = document.getElementById("editor");
  const tree = document.getElementById("tree");
  const status = document.getElementById("status");
  const search = document.getElementById("q");
  const form = document.getElementById("code");
  const links = () => [...tree.querySelectorAll("a")].filter((link) => link.checkVisibility());
  const idOf = (link) => new URL(link.href).searchParams.get("code");
  const linkOf = (item) => item.querySelector("a");
  const itemOf = (link) => link.closest("li");
  const parentOf = (item) => item.parentElement.closest("#tree li");
  const branchOf = (link) => link.parentElement.querySelector(":scope > details");
  const said = status.textContent;
  const current = tree.querySelector("a[aria-current]");
  let later = 0;
  const say = (text) => {
    clearTimeout(later);
    status.textContent = text;
  };

  /* What a screen reader is told. Lists say where each code stands; marks beside it become part of what is said of it. */
  function describe(list = tree, level = 1) {
    const items = [...list.children];
    items.forEach((item, index) => {
      const link = linkOf(item);
      const details = branchOf(link);
      item.role = "none";
      link.role = "treeitem";
      link.ariaLevel = level;
      link.ariaPosInSet = index + 1;
      link.ariaSetSize = items.length;
      link.ariaExpanded = details ? String(details.open) : null;
      const marks = [...item.querySelectorAll(":scope > b, :scope > small")];
      const words = [link.title, ...marks.map((mark) => mark.ariaLabel)].filter(Boolean);
      if (words.length) link.setAttribute("aria-description", words.join(", "));
      marks.forEach((mark) => (mark.ariaHidden = "true"));
      if (!details) return;
      const [summary, children] = details.children;
      summary.ariaHidden = "true";
      summary.tabIndex = -1;
      children.role = "group"; // without it Chromium takes what is below for plain links
      describe(children, level + 1);
    });
  }

  function stopAt(link) {
    for (const each of tree.querySelectorAll("a[tabindex='0']")) each.tabIndex = -1;
    if (link) link.tabIndex = 0;
  }
  const keepAStop = () => {
    if (!tree.querySelector("a[tabindex='0']")?.checkVisibility()) stopAt(links()[0]);
  };
  const go = (link) => link?.focus();

  tree.role = "tree";
  tree.ariaLabel = tree.closest("section").ariaLabel;
  describe();
  for (const link of tree.querySelectorAll("a")) link.tabIndex = -1;
  if (current) {
    current.removeAttribute("aria-current");
    current.ariaSelected = "true";
  }

  /* The place: what was folded, how far the tree was scrolled, and which control was used last. */
  const place = `editor ${location.pathname}`;
  const pane = tree.closest(".tree");
  const kept = JSON.parse(sessionStorage.getItem(place) || "{}");
  const openedBySearch = new Set();
  for (const details of tree.querySelectorAll("details")) {
    if ((kept.closed || []).includes(idOf(linkOf(details.parentElement)))) details.open = false;
  }
  pane.scrollTop = kept.scroll || 0;
  const controls = () => [...form.querySelectorAll("input:not([type=hidden]), textarea, button, summary")];
  addEventListener("pagehide", () => {
    const closed = [...tree.querySelectorAll("details")]
      .filter((each) => !each.open || openedBySearch.has(each))
      .map((each) => idOf(linkOf(each.parentElement)));
    const active = document.activeElement;
    const used = tree.contains(active) ? "tree" : nameOf(controls().find((each) => each === active));
    sessionStorage.setItem(place, JSON.stringify({ closed, scroll: pane.scrollTop, used }));
  });
  const nameOf = (control) => control && `${control.name || control.tagName} ${control.value || control.textContent}`;
  for (const each of form.querySelectorAll("form")) each.action = each.action.replace(/#.*/, ""); // it would take the focus
  if (current) current.scrollIntoView({ block: "nearest" });
  stopAt(current);
  keepAStop();
  const message = document.querySelector(".messagelist li")?.textContent;
  if (kept.used && current) {
    const wrong = form.querySelector("[aria-invalid=true]");
    const same = controls().find((each) => each.type === "submit" && nameOf(each) === kept.used);
    const isElsewhere = document.activeElement !== document.body; // somebody was faster than this script
    if (!isElsewhere) go(wrong || same || form.querySelector("h2"));
    if (message && same) same.insertAdjacentHTML("afterend", "<span class='done'></span>");
    for (const note of form.querySelectorAll(".done")) note.textContent = message; // the eyes are here, not at the top
  } else if (current && matchMedia("(max-width: 48rem)").matches) form.scrollIntoView();
  if (message) later = setTimeout(() => say(message), 200); // after the page itself was read

  tree.addEventListener("focusin", (event) => stopAt(event.target.closest("a")));
  tree.addEventListener(
    "toggle",
    (event) => {
      linkOf(event.target.parentElement).ariaExpanded = String(event.target.open);
      keepAStop();
    },
    true, // this event does not bubble
  );

  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const details of openedBySearch) details.open = false;
    openedBySearch.clear();
    for (const item of [...tree.querySelectorAll("li")].reverse()) {
      const own = words.every((word) => linkOf(item).textContent.toLowerCase().includes(word));
      const below = item.querySelector("li:not(.hidden)") !== null;
      const details = branchOf(linkOf(item));
      item.classList.toggle("hidden", !own && !below);
      if (own) count += 1;
      if (words.length && below && !details.open) {
        details.open = true;
        openedBySearch.add(details);
      }
    }
    keepAStop();
    say(words.length ? editor.dataset.found.replace("0", count) : said);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") go(links()[0]);
  });

  const pathOf = (item) => {
    const names = [];
    for (let each = item; each; each = parentOf(each)) names.unshift(linkOf(each).textContent);
    return names.join(" > ");
  };
  const list = document.getElementById("codes");
  document.addEventListener("focusin", (event) => {
    if (!list || list.children.length || event.target.getAttribute("list") !== "codes") return;
    for (const item of tree.querySelectorAll("li")) list.append(new Option("", pathOf(item)));
  });

  const [towardsRoot, awayFromRoot] =
    document.dir === "rtl" ? ["ArrowRight", "ArrowLeft"] : ["ArrowLeft", "ArrowRight"];
  const hows = { ArrowUp: "up", ArrowDown: "down", [towardsRoot]: "out", [awayFromRoot]: "in" };
  const walks = {
    up: (link, visible) => go(visible[visible.indexOf(link) - 1]),
    down: (link, visible) => go(visible[visible.indexOf(link) + 1]),
    in: (link) => {
      const details = branchOf(link);
      if (details?.open) go(linkOf(details));
      else if (details) details.open = true;
    },
    out: (link) => {
      const details = branchOf(link);
      const parent = parentOf(itemOf(link));
      if (details?.open) details.open = false;
      else if (parent) go(linkOf(parent));
    },
  };
  tree.addEventListener("keydown", (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey) return;
    const how = hows[event.key];
    const visible = links();
    if (how && event.altKey) move(link, how);
    else if (how) walks[how](link, visible);
    else if (event.altKey) return;
    else if (event.key === "Home") go(visible[0]);
    else if (event.key === "End") go(visible.at(-1));
    else if (event.key === " ") link.click();
    else if (event.key.length === 1) go(nextWith(event.key, link, visible));
    else return;
    event.preventDefault();
  });

  function nextWith(letter, link, visible) {
    const index = visible.indexOf(link);
    const others = [...visible.slice(index + 1), ...visible.slice(0, index)];
    return others.find((each) => each.textContent.toLowerCase().startsWith(letter.toLowerCase()));
  }

  /* Moves are sent one after the other, as they were asked for: so the tree becomes what the server makes of it. */
  let moved = Promise.resolve();
  let underway = 0;
  function move(link, how, target) {
    if (!("editable" in editor.dataset)) return;
    const focused = document.activeElement;
    const next = () => send(link, how, target, focused).finally(() => (underway -= 1));
    underway += 1;
    moved = moved.then(next, next);
  }
  addEventListener("beforeunload", (event) => {
    if (underway) event.preventDefault(); // the browser asks whether to leave without them
  });

  async function send(link, how, target, focused) {
    const body = new URLSearchParams({ act: "move", code: idOf(link), how });
    if (target) body.set("target", idOf(target));
    const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
    const headers = { Accept: "application/json", "X-CSRFToken": token };
    const answer = await fetch(editor.dataset.act, { method: "POST", body, headers }).catch(() => null);
    const told = await answer?.json().catch(() => null);
    if (!answer?.ok) {
      say(told?.error || editor.dataset.failed);
      return;
    }
    const active = document.activeElement;
    put(itemOf(link), how, target && itemOf(target));
    describe();
    say(`${editor.dataset.moved} ${pathOf(itemOf(link))} (${link.ariaPosInSet}/${link.ariaSetSize})`);
    if (active === focused) go(link);
    else if (active !== document.activeElement) go(active); // what is put elsewhere loses the focus
  }

  function put(item, how, target) {
    const parent = parentOf(item);
    if (how === "up") item.previousElementSibling?.before(item);
    else if (how === "down") item.nextElementSibling?.after(item);
    else if (how === "out") parent.after(item);
    else if (how === "before") target.before(item);
    else if (how === "after") target.after(item);
    else under(how === "in" ? item.previousElementSibling : target).append(item);
    if (parent && !parent.querySelector("li")) parent.querySelectorAll(":scope > :is(details, small)").forEach((each) => each.remove());
  }

  function under(item) {
    const there = branchOf(linkOf(item));
    if (there) {
      there.open = true;
      return there.querySelector("ul");
    }
    const details = document.createElement("details");
    const children = document.createElement("ul");
    details.open = true;
    details.append(document.createElement("summary"), children);
    item.append(details);
    return children;
  }

  if (!("editable" in editor.dataset)) return;
  const EDGE = 48; // pixels from the tree's edge where dragging scrolls
  const PIXELS_A_MILLISECOND = 0.7;
  const REST_MILLISECONDS = 600; // over a folded branch until it opens
  let dragged = null;
  let scrolling = 0; // -1: up, 1: down
  let rest = { item: null, since: 0 };
  const marks = ["drop-before", "drop-after", "drop-under"];
  const unmark = () => tree.querySelectorAll("[class*=drop-]").forEach((each) => each.classList.remove(...marks));
  const where = (event, item) => {
    const box = linkOf(item).getBoundingClientRect();
    const share = (event.clientY - box.top) / box.height;
    return share < 0.3 ? "before" : share > 0.7 ? "after" : "under";
  };
  const mayDropOn = (item) => dragged && item && !itemOf(dragged).contains(item);
  function scroll(now, before = now) {
    if (!dragged) return;
    const box = pane.getBoundingClientRect();
    const pixels = scrolling * (now - before) * PIXELS_A_MILLISECOND;
    if (scrolling > 0 ? box.bottom > innerHeight : box.top < 0) scrollBy(0, pixels);
    pane.scrollTop += pixels;
    requestAnimationFrame((next) => scroll(next, now));
  }
  tree.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("a");
    event.dataTransfer.effectAllowed = "move";
    scrolling = 0;
    requestAnimationFrame(scroll);
  });
  document.addEventListener("dragover", (event) => {
    const box = pane.getBoundingClientRect();
    const isAbove = event.clientY < Math.max(box.top, 0) + EDGE;
    const isBelow = event.clientY > Math.min(box.bottom, innerHeight) - EDGE;
    scrolling = Number(isBelow) - Number(isAbove);
  });
  tree.addEventListener("dragover", (event) => {
    const item = event.target.closest("li");
    unmark();
    if (!mayDropOn(item)) return;
    event.preventDefault();
    item.classList.add(`drop-${where(event, item)}`);
    if (item !== rest.item) rest = { item, since: event.timeStamp };
    const details = branchOf(linkOf(item));
    if (details && event.timeStamp - rest.since > REST_MILLISECONDS) details.open = true;
  });
  tree.addEventListener("drop", (event) => {
    const item = event.target.closest("li");
    event.preventDefault();
    if (mayDropOn(item)) move(dragged, where(event, item), linkOf(item));
  });
  tree.addEventListener("dragend", () => {
    unmark();
    dragged = null;
  });
})();
