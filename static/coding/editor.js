"use strict";
/* Saves the way to the server's plain forms: search as you type, arrow keys, moving by keyboard and by dragging. */
(() => {
  const editor = document.getElementById("editor");
  const tree = document.getElementById("tree");
  const status = document.getElementById("status");
  const search = document.getElementById("q");
  const links = () => [...tree.querySelectorAll("a")].filter((link) => link.checkVisibility());
  const idOf = (link) => new URL(link.href).searchParams.get("code");
  const linkOf = (item) => item.querySelector("a");
  const branchOf = (link) => link.parentElement.querySelector(":scope > details");
  const said = status.textContent;

  const place = `editor ${location.pathname}`;
  const pane = tree.closest(".tree");
  const kept = JSON.parse(sessionStorage.getItem(place) || "{}");
  for (const details of tree.querySelectorAll("details")) {
    if ((kept.closed || []).includes(idOf(linkOf(details.parentElement)))) details.open = false;
  }
  pane.scrollTop = kept.scroll || 0;
  addEventListener("pagehide", () => {
    const closed = [...tree.querySelectorAll("details:not([open])")].map((each) =>
      idOf(linkOf(each.parentElement)),
    );
    sessionStorage.setItem(place, JSON.stringify({ closed, scroll: pane.scrollTop }));
  });
  const current = tree.querySelector("a[aria-current]");
  if (current) current.scrollIntoView({ block: "nearest" });
  if (current && matchMedia("(max-width: 48rem)").matches) document.getElementById("code").scrollIntoView();

  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const item of [...tree.querySelectorAll("li")].reverse()) {
      const own = words.every((word) => linkOf(item).textContent.toLowerCase().includes(word));
      const below = item.querySelector("li:not(.hidden)") !== null;
      item.classList.toggle("hidden", !own && !below);
      if (own) count += 1;
    }
    status.textContent = words.length ? String(count) : said;
  });

  const pathOf = (item) => {
    const names = [];
    for (let each = item; each; each = each.parentElement.closest("li")) names.unshift(linkOf(each).textContent);
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
  tree.addEventListener("keydown", (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    const how = hows[event.key];
    if (!how) return;
    event.preventDefault();
    if (event.altKey) return void move(link, how);
    const visible = links();
    const index = visible.indexOf(link);
    const details = branchOf(link);
    if (how === "up") visible[index - 1]?.focus();
    if (how === "down") visible[index + 1]?.focus();
    if (how === "in" && details) details.open = true;
    if (how === "out" && details?.open) details.open = false;
    else if (how === "out") linkOf(link.closest("li").parentElement.closest("li") || link.closest("li")).focus();
  });

  async function move(link, how, target) {
    if (!("editable" in editor.dataset)) return;
    const body = new URLSearchParams({ act: "move", code: idOf(link), how });
    if (target) body.set("target", idOf(target));
    const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
    const headers = { Accept: "application/json", "X-CSRFToken": token };
    const answer = await fetch(editor.dataset.act, { method: "POST", body, headers });
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) {
      status.textContent = told.error || String(answer.status);
      return;
    }
    put(link.closest("li"), how, target?.closest("li"));
    status.textContent = pathOf(link.closest("li"));
    link.focus();
  }

  function put(item, how, target) {
    const parent = item.parentElement.closest("li");
    if (how === "up") item.previousElementSibling?.before(item);
    else if (how === "down") item.nextElementSibling?.after(item);
    else if (how === "out") parent.after(item);
    else if (how === "before") target.before(item);
    else if (how === "after") target.after(item);
    else under(how === "in" ? item.previousElementSibling : target).append(item);
    if (parent && !parent.querySelector("li")) parent.replaceChildren(linkOf(parent));
  }

  function under(item) {
    const there = item.querySelector(":scope > details > ul");
    if (there) return there;
    const details = document.createElement("details");
    const summary = document.createElement("summary");
    const children = document.createElement("ul");
    details.open = true;
    summary.setAttribute("aria-label", linkOf(item).textContent);
    details.append(summary, children);
    item.append(details);
    return children;
  }

  if (!("editable" in editor.dataset)) return;
  let dragged = null;
  const marks = ["drop-before", "drop-after", "drop-under"];
  const unmark = () => tree.querySelectorAll("[class*=drop-]").forEach((each) => each.classList.remove(...marks));
  const where = (event, item) => {
    const box = linkOf(item).getBoundingClientRect();
    const share = (event.clientY - box.top) / box.height;
    return share < 0.3 ? "before" : share > 0.7 ? "after" : "under";
  };
  tree.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("a");
    event.dataTransfer.effectAllowed = "move";
  });
  tree.addEventListener("dragover", (event) => {
    const item = event.target.closest("li");
    if (!dragged || !item || dragged.closest("li").contains(item)) return;
    event.preventDefault();
    unmark();
    item.classList.add(`drop-${where(event, item)}`);
  });
  tree.addEventListener("drop", (event) => {
    const item = event.target.closest("li");
    event.preventDefault();
    unmark();
    if (dragged && item && !dragged.closest("li").contains(item)) move(dragged, where(event, item), linkOf(item));
    dragged = null;
  });
})();
