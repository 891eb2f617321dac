// Shows the weight of each slider while it is moved, and asks for the figures once it rests.
// Without this script the button does the same.
const form = document.querySelector("form.what-if");

if (form) {
  form.addEventListener("input", (event) => {
    const output = event.target.parentElement.querySelector("output");
    if (output) {
      output.value = event.target.value;
    }
  });
  form.addEventListener("change", (event) => {
    if (event.target.type === "range") {
      form.requestSubmit();
    }
  });
}
