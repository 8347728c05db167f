// Keeps parts of a page up to date. A part says by `data-live` what it waits for: "news", or "job:12" and "job:shop:12".
// A part of news tells how much is new and shows it when it is asked to; a part of a job is shown anew at once.

const parts = () => [...document.querySelectorAll("[data-live][id]")]
let stream = null
let after = parts().find((part) => part.dataset.after)?.dataset.after ?? ""
let isAsking = false

function listen() {
  if (stream || document.hidden || !parts().length) return
  const asked = new URLSearchParams()
  if (after) asked.set("after", after)
  for (const part of parts()) {
    if (part.dataset.live.startsWith("job:")) asked.append("job", part.dataset.live.slice(4))
  }
  stream = new EventSource(`/live?${asked}`)
  stream.addEventListener("news", (event) => {
    after = event.lastEventId
    const told = JSON.parse(event.data)
    for (const part of parts()) if (part.dataset.live === "news" && isOf(part, told)) count(part)
  })
  stream.addEventListener("job", (event) => {
    const { id } = JSON.parse(event.data)
    for (const part of parts()) if (part.dataset.live.split(":").at(-1) === String(id)) show(part)
  })
}

function hush() {
  stream?.close()
  stream = null
}

function isOf(part, told) {
  const { about, project } = part.dataset
  return (!about || about === told.group) && (!project || project === told.project)
}

function count(part) {
  const number = Number(part.dataset.new ?? 0) + 1
  part.dataset.new = number
  let line = document.getElementById(`${part.id}-new`)
  if (!line) {
    line = document.createElement("p")
    line.id = `${part.id}-new`
    line.className = "new"
    line.setAttribute("role", "status")
    const button = document.createElement("button")
    button.type = "button"
    button.className = "quiet"
    button.addEventListener("click", () => show(part))
    line.append(button)
    part.before(line)
  }
  line.firstChild.textContent = part.dataset.text.replace("{n}", number)
}

// The page is asked for once more, and the part taken out of it: what is shown is what anybody gets who opens it now.
async function show(part) {
  if (isAsking) return
  isAsking = true
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } })
    if (!answer.ok || answer.redirected) return location.reload()
    const page = new DOMParser().parseFromString(await answer.text(), "text/html")
    const anew = page.getElementById(part.id)
    if (!anew) return location.reload()
    const line = document.getElementById(`${part.id}-new`)
    const hadFocus = line?.contains(document.activeElement)
    line?.remove()
    part.replaceWith(anew)
    if (hadFocus) {
      anew.tabIndex = -1
      anew.focus()
    }
    document.dispatchEvent(new CustomEvent("moorage:part", { detail: anew }))
  } finally {
    isAsking = false
  }
}

document.addEventListener("visibilitychange", () => (document.hidden ? hush() : listen()))
addEventListener("pagehide", hush)
listen()
