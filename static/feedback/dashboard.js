// Draws the charts of the dashboard. Without this script the tables have the same figures.
(() => {
  const records = document.currentScript.dataset.records;
  if (!window.Chart) return;
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const colours = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => colour(`--chart-${number}`));
  const language = document.documentElement.lang;
  const rightToLeft = document.documentElement.dir === "rtl";
  const format = new Intl.NumberFormat(language, { useGrouping: "always" });
  const shortDay = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" });

  for (const box of document.querySelectorAll("[data-chart]")) {
    const data = JSON.parse(document.getElementById(box.dataset.chart).textContent);
    box.hidden = false;
    const ink = getComputedStyle(box).color; // in forced colours too
    new Chart(box.querySelector("canvas"), {
      type: "bar",
      data: {
        labels: data.weeks,
        datasets: data.series.map((series, index) => ({
          label: series.name,
          data: series.values,
          backgroundColor: chartFill(colours, index),
          borderColor: colours[index % colours.length],
          borderWidth: 1,
          borderRadius: data.series.length === 1 ? 3 : 0,
        })),
      },
      options: {
        animation: false,
        maintainAspectRatio: false,
        locale: language,
        scales: {
          x: {
            stacked: true,
            reverse: rightToLeft,
            ticks: {
              color: ink,
              maxRotation: 0,
              autoSkipPadding: 12,
              callback: (value) => shortDay.format(new Date(data.weeks[value])),
            },
            grid: { display: false },
          },
          y: {
            stacked: true,
            beginAtZero: true,
            position: rightToLeft ? "right" : "left",
            ticks: { color: ink, precision: 0, callback: (value) => format.format(value) },
            grid: { color: colour("--line") },
          },
        },
        plugins: {
          legend: {
            display: data.series.length > 1,
            position: "bottom",
            rtl: rightToLeft,
            textDirection: document.documentElement.dir,
            labels: { color: ink, boxWidth: 14 },
          },
          tooltip: {
            rtl: rightToLeft,
            callbacks: {
              title: (hits) => shortDay.format(new Date(data.weeks[hits[0].dataIndex])),
              label: (hit) => `${hit.dataset.label}: ${format.format(hit.parsed.y)}`,
            },
          },
        },
        onHover: (event, hits) => {
          const link = hits.length && data.series[hits[0].datasetIndex].links[hits[0].index];
          event.native.target.style.cursor = link ? "pointer" : "default";
        },
        onClick: (event, hits) => {
          const link = hits.length && data.series[hits[0].datasetIndex].links[hits[0].index];
          if (link) window.location.assign(`${records}?${link}`);
        },
      },
    });
  }
})();
