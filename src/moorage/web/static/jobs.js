// While something on the page is under way, that part of it is read again; the rest stays, and so does the focus.

const PAUSE = 2000

async function refresh() {
  const part = document.querySelector("[data-part][data-changing]")
  if (!part) return
  if (!document.hidden && !part.contains(document.activeElement)) {
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" }, redirect: "error" })
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html")
        const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`)
        if (fresh) {
          part.replaceWith(fresh)
          document.dispatchEvent(new CustomEvent("moorage:part", { detail: fresh }))
        }
      }
    } catch {
      // The next look may succeed.
    }
  }
  setTimeout(refresh, PAUSE)
}

setTimeout(refresh, PAUSE)
