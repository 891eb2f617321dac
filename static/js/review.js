// Keys choose what the form offers; Enter keeps it, N leaves it for later. The form works without.
const form = document.getElementById("review");
const keys = JSON.parse(document.getElementById("review-keys").textContent);
const byKey = Object.fromEntries(Object.entries(keys).map(([value, key]) => [key, value]));

function choose(value) {
  const option = form.querySelector(`input[type=radio][value="${value}"]`);
  if (option) {
    option.checked = true;
    option.focus();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const at = event.target;
  const types = at.matches && at.matches("input:not([type=radio]), textarea, select, [contenteditable]");
  if (types) return;
  const key = event.key.toLowerCase();
  if (key === "n" && form.dataset.next && form.querySelector("a")) {
    event.preventDefault();
    window.location.assign(form.dataset.next);
  } else if (key === "enter" && !(at.matches && at.matches("a, button"))) {
    event.preventDefault();
    form.requestSubmit();
  } else if (byKey[key]) {
    event.preventDefault();
    choose(byKey[key]);
  }
});
