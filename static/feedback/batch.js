// Load the changing part of a batch's page again while the batch is open.
(() => {
  const place = document.getElementById("batch");
  const isOpen = () => place.querySelector("[data-open='true']") !== null;
  const load = async () => {
    try {
      const answer = await fetch(place.dataset.progress, { credentials: "same-origin" });
      if (answer.ok && !answer.redirected) place.innerHTML = await answer.text();
    } catch {
      // The server cannot be reached: the next attempt comes in two seconds.
    }
    if (isOpen()) setTimeout(load, 2000);
  };
  if (isOpen()) setTimeout(load, 2000);
})();
