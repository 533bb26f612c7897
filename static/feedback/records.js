"use strict";

// Filters take the first screen of a phone. They stay open without script, and where something is filtered.
const facets = document.querySelector(".facets");
if (facets) facets.open = !matchMedia("(max-width: 40rem)").matches;
