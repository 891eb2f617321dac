// Lists that jQuery draws tell jQuery alone that they changed; the sentence above the form listens
// to the browser's own events.
const form = document.getElementById("rule_form");

if (form && window.django) {
  window.django.jQuery(form).on("change", "select", (event) => {
    if (!event.originalEvent) {
      event.target.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}
