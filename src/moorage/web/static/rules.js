// Of a form's groups of fields those show that its choice is about.

for (const form of document.querySelectorAll("[data-rule]")) {
  const select = form.elements.kind ?? form.elements.often
  const show = () => {
    for (const group of form.querySelectorAll("[data-for]")) {
      group.hidden = !group.dataset.for.split(" ").includes(select.value)
    }
  }
  select.addEventListener("change", show)
  show()
}
