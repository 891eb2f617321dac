// Loads a page of work in progress again, but not while somebody has marked text on it.
const PAUSE_MS = 3000;

function renew() {
  const selection = document.getSelection();
  if (selection && !selection.isCollapsed) {
    setTimeout(renew, PAUSE_MS);
  } else {
    location.reload();
  }
}

setTimeout(renew, PAUSE_MS);
