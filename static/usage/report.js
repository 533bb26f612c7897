// Draws the chart of the usage pages. Without this script they still have every figure, in tables.
(() => {
  const data = JSON.parse(document.getElementById("chart-data").textContent);
  const box = document.querySelector(".chart");
  if (!window.Chart || !data.stacks.length) return;
  box.hidden = false;
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--body-fg").trim() || "#333";
  const line = style.getPropertyValue("--hairline-color").trim() || "#ddd";
  const colours = ["#0b6370", "#d17b0f", "#5b4b8a", "#3d8b4f", "#b23a48", "#4a7fb5", "#8a6d3b", "#7a7a7a"];
  const rightToLeft = document.documentElement.dir === "rtl";
  const isLine = data.unit === "ms" || data.unit === "share"; // what cannot be added up
  const format = new Intl.NumberFormat(document.documentElement.lang, {
    maximumFractionDigits: data.unit === "usd" ? 4 : 1,
    style: data.unit === "share" ? "percent" : "decimal",
  });
  new Chart(document.getElementById("chart"), {
    type: isLine ? "line" : "bar",
    data: {
      labels: data.days,
      datasets: data.stacks.map((stack, index) => ({
        label: stack.name,
        data: stack.values,
        backgroundColor: colours[index % colours.length],
        borderColor: colours[index % colours.length],
      })),
    },
    options: {
      animation: false,
      maintainAspectRatio: false,
      locale: document.documentElement.lang,
      scales: {
        x: { stacked: !isLine, reverse: rightToLeft, ticks: { color: ink }, grid: { display: false } },
        y: {
          stacked: !isLine,
          beginAtZero: true,
          position: rightToLeft ? "right" : "left",
          ticks: { color: ink, callback: (value) => format.format(value) },
          grid: { color: line },
        },
      },
      plugins: { legend: { rtl: rightToLeft, labels: { color: ink } }, tooltip: { rtl: rightToLeft } },
      onClick: (event, hits) => {
        if (!hits.length) return;
        const address = new URL(window.location.href);
        address.searchParams.set(data.dimension, data.stacks[hits[0].datasetIndex].name);
        window.location.assign(address);
      },
    },
  });
})();
