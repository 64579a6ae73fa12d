// Looks again while work that a form began goes on, and leaves alone what a reader
// is writing.
(function () {
  'use strict';
  if (!document.querySelector('[data-underway]')) { return; }

  function writing() {
    var at = document.activeElement;
    return Boolean(at && /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName));
  }

  function look() {
    if (writing()) {
      setTimeout(look, 2000);
      return;
    }
    location.reload();
  }
  setTimeout(look, 2000);
})();
