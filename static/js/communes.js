/* A chosen province brings its communes without a turn through the whole page. Without scripts a button does it. */
document.querySelectorAll("select[data-communes]").forEach((province) => {
  const commune = document.getElementById(province.dataset.communes);
  if (!commune) return;
  // Out of the form altogether: the first button of a form is the one that Enter presses.
  const button = province.form.querySelector("[data-communes-button]");
  const place = document.createComment("");
  button?.replaceWith(place);
  let asked = 0;
  province.addEventListener("change", async () => {
    const turn = ++asked;
    try {
      const url = `${province.dataset.communesUrl}?province=${encodeURIComponent(province.value)}`;
      const answer = await fetch(url, { headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const options = await answer.text();
      if (turn === asked) commune.innerHTML = options;
    } catch {
      if (button && place.isConnected) place.replaceWith(button);
    }
  });
});
