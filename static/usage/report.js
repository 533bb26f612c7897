// Draws the chart of the usage pages. Without this script the tables have the same figures.
(() => {
  const period = document.getElementById("period");
  document.querySelectorAll("#from, #to").forEach((day) => day.addEventListener("input", () => (period.value = "custom")));
  const data = JSON.parse(document.getElementById("chart-data").textContent);
  const box = document.querySelector(".chart");
  if (!window.Chart || !data.stacks.length) return;
  box.hidden = false;
  const language = document.documentElement.lang;
  const ink = getComputedStyle(box).color; // in forced colours too
  const line = getComputedStyle(document.documentElement).getPropertyValue("--line").trim() || "#ddd";
  const isDark = brightness(ink) > 0.5;
  const colours = isDark
    ? ["#4fb3bf", "#f2a541", "#b3a2e0", "#7cc98b", "#f28b96", "#8fb8e0", "#d3b47c", "#b8b8b8"]
    : ["#0b6370", "#b86a0a", "#5b4b8a", "#2f7a41", "#b23a48", "#3a6fa5", "#7c6030", "#6b6b6b"];
  const marks = ["circle", "triangle", "rect", "star", "rectRot", "cross", "crossRot", "dash"];
  const rightToLeft = document.documentElement.dir === "rtl";
  const isLine = data.unit === "ms" || data.unit === "share"; // figures that do not add up
  const format = new Intl.NumberFormat(language, {
    maximumFractionDigits: data.unit === "usd" ? 4 : 1,
    style: data.unit === "share" ? "percent" : "decimal",
    useGrouping: "always",
  });
  const shortDay = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" });
  const isDay = /^\d{4}-\d\d-\d\d$/.test(data.days[0]);

  function brightness(colour) {
    const [red, green, blue] = colour.match(/\d+/g).map(Number);
    return (0.3 * red + 0.59 * green + 0.11 * blue) / 255;
  }

  new Chart(document.getElementById("chart"), {
    type: isLine ? "line" : "bar",
    data: {
      labels: data.days,
      datasets: data.stacks.map((stack, index) => ({
        label: stack.name,
        data: stack.values,
        backgroundColor: isLine ? colours[index % colours.length] : chartFill(colours, index),
        borderColor: colours[index % colours.length],
        borderWidth: isLine ? 2 : 1,
        borderDash: isLine ? [[], [6, 3], [2, 2], [10, 3, 2, 3]][index % 4] : [],
        pointStyle: marks[index % marks.length],
      })),
    },
    options: {
      animation: false,
      maintainAspectRatio: false,
      locale: language,
      layout: { padding: { left: 4, right: 12 } },
      scales: {
        x: {
          stacked: !isLine,
          reverse: rightToLeft,
          ticks: {
            color: ink,
            maxRotation: 0,
            autoSkipPadding: 12,
            callback: (value) => (isDay ? shortDay.format(new Date(data.days[value])) : data.days[value]),
          },
          grid: { display: false },
        },
        y: {
          stacked: !isLine,
          beginAtZero: true,
          position: rightToLeft ? "right" : "left",
          ticks: { color: ink, callback: (value) => format.format(value) },
          grid: { color: line },
        },
      },
      plugins: {
        legend: {
          rtl: rightToLeft,
          textDirection: document.documentElement.dir,
          labels: { color: ink, usePointStyle: isLine },
        },
        tooltip: {
          rtl: rightToLeft,
          callbacks: { label: (hit) => `${hit.dataset.label}: ${format.format(hit.parsed.y)}` },
        },
      },
      onClick: (event, hits) => {
        if (!hits.length) return;
        const stack = data.stacks[hits[0].datasetIndex];
        const value = stack.value ?? stack.name;
        if (!value) return; // nothing to filter by
        const address = new URL(window.location.href);
        address.searchParams.set(data.dimension, value);
        window.location.assign(address);
      },
    },
  });
})();
