// What pages do better where scripts run. Without them every page can be read and every form sent.

const language = document.documentElement.lang

function showTimes(root) {
  const steps = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]]
  const exact = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long" })
  const short = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" })
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" })
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime)
    const seconds = (at - Date.now()) / 1000
    const [unit, length] = steps.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1]
    time.title = exact.format(at)
    time.textContent = "age" in time.dataset ? relative.format(Math.trunc(seconds / length), unit) : short.format(at)
  }
}

function offerCopies(root) {
  if (!navigator.clipboard) return
  for (const button of root.querySelectorAll("[data-copy]")) {
    button.hidden = false
    button.addEventListener("click", async () => {
      const text = button.dataset.copy || button.parentElement.querySelector("code").textContent
      await navigator.clipboard.writeText(text)
      button.classList.add("done")
      setTimeout(() => button.classList.remove("done"), 1500)
    })
  }
}

function listenForSlash() {
  const field = document.getElementById("search")
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]")
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey || !field) return
    event.preventDefault()
    field.focus()
    field.select()
  })
}

function sendChoices() {
  for (const select of document.querySelectorAll("footer select")) {
    select.addEventListener("change", () => select.form.requestSubmit())
  }
}

document.documentElement.dataset.scripts = ""
showTimes(document)
offerCopies(document)
listenForSlash()
sendChoices()
document.addEventListener("moorage:part", ({ detail: part }) => {
  showTimes(part)
  offerCopies(part)
})
