// Rules in another order get the same priorities in that order, raised where two were equal. The
// theme's own sorting drags the rows; their numbers can be typed without any script.
const form = document.getElementById("rule-order");
const table = form && form.querySelector("table");

const rows = () => [...table.tBodies]; // one for each rule, as the theme sorts them
const numberOf = (row) => row.querySelector("input[data-priority]");
const valueOf = (row) => Math.max(1, Math.trunc(Number(numberOf(row).value)) || 1);

function renumber() {
  const values = rows().map(valueOf).sort((one, other) => one - other);
  let least = 0;
  rows().forEach((row, at) => {
    least = Math.max(values[at], least + 1);
    numberOf(row).value = least;
  });
}

function tell(row) {
  const place = rows().indexOf(row) + 1;
  document.getElementById("moved").textContent =
    `${row.dataset.name} is number ${place} of ${rows().length}, priority ${valueOf(row)}.`;
}

function move(button) {
  const by = Number(button.dataset.by);
  const row = button.closest("tbody");
  const other = rows()[rows().indexOf(row) + by];
  if (other) {
    other[by < 0 ? "before" : "after"](row);
    renumber();
  }
  button.focus();
  tell(row);
}

// A typed number moves its row, once the keyboard has gone on to where it was going.
function resort() {
  const sorted = rows().sort((one, other) => valueOf(one) - valueOf(other));
  if (sorted.some((row, at) => row !== rows()[at])) {
    const focused = document.activeElement;
    table.append(...sorted);
    focused.focus();
  }
}

if (table) {
  form.querySelectorAll(".movers [hidden]").forEach((each) => each.removeAttribute("hidden"));
  table.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-by]");
    if (button) {
      move(button);
    }
  });
  table.addEventListener("change", (event) => {
    // The dragging tells of a change too, of its own kind, at every row that it passes.
    if (event.target.matches("input")) {
      setTimeout(resort);
    }
  });
  table.addEventListener("end", (event) => {
    renumber();
    tell(event.item);
  });
}
