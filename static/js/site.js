/* Small conveniences. Every page works without them; each hooks on a data- attribute. */

/* A form is sent once: a second click on its button does nothing. Coming back by the back button frees it again. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-once]") || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  // After this turn, so that the button's own name and value still travel with the form.
  setTimeout(() => form.querySelectorAll("button[type=submit], button:not([type])").forEach((b) => { b.disabled = true; }));
});
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll("button").forEach((b) => { b.disabled = false; });
  });
});

/* Choosing a facet or an order sends the form; its button is for those without scripts. */
document.querySelectorAll("form[data-autosubmit]").forEach((form) => {
  form.querySelectorAll("[data-autosubmit-button]").forEach((button) => { button.hidden = true; });
  form.addEventListener("change", (event) => {
    if (event.target.closest("[data-no-autosubmit]")) return;
    form.requestSubmit();
  });
});

/* Narrow a long list of choices by typing; marks fold, so "dak lak" finds "Đắk Lắk". */
const fold = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/gi, "d").toLowerCase();
document.querySelectorAll("[data-narrow]").forEach((input) => {
  const list = document.getElementById(input.dataset.narrow);
  if (!list) return;
  input.closest("[hidden]")?.removeAttribute("hidden");
  input.addEventListener("input", () => {
    const wanted = fold(input.value.trim());
    list.querySelectorAll("[data-words]").forEach((row) => {
      row.hidden = wanted !== "" && !fold(row.dataset.words).includes(wanted);
    });
  });
});

/* One more, one less. */
document.querySelectorAll("[data-quantity]").forEach((box) => {
  const input = box.querySelector("input");
  const least = Number(input.min || 1);
  const most = Number(input.max || 9999);
  const buttons = [...box.querySelectorAll("button[data-step]")];
  const settle = () => buttons.forEach((b) => {
    const next = Number(input.value) + Number(b.dataset.step);
    b.disabled = next < least || next > most;
  });
  buttons.forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const next = (Number(input.value) || least) + Number(button.dataset.step);
      input.value = String(Math.min(most, Math.max(least, next)));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  });
  input.addEventListener("change", settle);
  settle();
});

/* An open menu closes on Escape and on a click outside. */
document.querySelectorAll("details[data-menu]").forEach((menu) => {
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

/* Copy an address or a code. The button's data-copied holds the word of thanks. */
document.querySelectorAll("[data-copy]").forEach((button) => {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const words = button.querySelector("[data-copy-words]") ?? button;
    const before = words.textContent;
    words.textContent = button.dataset.copied ?? before;
    setTimeout(() => { words.textContent = before; }, 2000);
  });
});

document.querySelectorAll("[data-print]").forEach((button) => button.addEventListener("click", () => print()));

/* A chosen picture shows before it is sent. */
document.querySelectorAll("input[type=file][data-preview]").forEach((input) => {
  const place = document.getElementById(input.dataset.preview);
  if (!place) return;
  input.addEventListener("change", () => {
    const file = input.files[0];
    place.hidden = true;
    if (!file?.type.startsWith("image/")) return;
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      place.replaceChildren(Object.assign(new Image(), { src: reader.result, alt: place.dataset.label }));
      place.hidden = false;
    });
    reader.readAsDataURL(file);
  });
});

/* What cannot be undone asks once more. */
document.addEventListener("click", (event) => {
  const asked = event.target.closest?.("[data-confirm]");
  if (asked && !confirm(asked.dataset.confirm)) event.preventDefault();
});

/* On a phone the portal's rooms run across the top: the present one comes into view. */
document.querySelector(".portal-nav [aria-current=page]")?.scrollIntoView({ block: "nearest", inline: "center" });
