// A page about work that goes on shows itself again, until the work has ended.
const followed = document.querySelector("[data-follow-seconds]");
if (followed) {
  setTimeout(() => window.location.reload(), Number(followed.dataset.followSeconds) * 1000);
}
