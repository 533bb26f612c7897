"use strict";

/** Return the fill of a series, with strokes in every second one, so that neighbours differ without colour. */
function chartFill(colours, index) {
  const colour = colours[index % colours.length];
  if (index % 2 === 0) return colour;
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.strokeStyle = colour;
  pen.lineWidth = 3;
  pen.beginPath();
  if (index % 4 === 1) [[-2, 10], [-2, 2], [6, 10]].forEach(([x, y]) => (pen.moveTo(x, y), pen.lineTo(x + 12, y - 12)));
  else pen.moveTo(0, 4), pen.lineTo(8, 4);
  pen.stroke();
  return pen.createPattern(tile, "repeat");
}
