// Light, dark, or as the machine is set: remembered on this machine. It runs
// before the page is painted, so that no page flashes in the other light. The
// style sheets say what is dark in rules for machines that are set so; a choice
// made here switches those rules on or off.
(function () {
  'use strict';

  var place = 'khue-theme', order = ['auto', 'light', 'dark'];
  var machine = window.matchMedia('(prefers-color-scheme: dark)');
  var root = document.documentElement;
  root.classList.add('scripted'); // before anything is shown, so that nothing moves when buttons come and go
  var printing = false;

  function choice() {
    try {
      var kept = localStorage.getItem(place);
      return order.indexOf(kept) >= 0 ? kept : 'auto';
    } catch (e) { return 'auto'; } // a browser that keeps nothing
  }

  function dark() {
    var chosen = choice();
    return !printing && (chosen === 'dark' || (chosen === 'auto' && machine.matches));
  }

  // Paper is light whatever the screen is: a rule switched on is one for screens.
  function fit(rules, chosen) {
    Array.prototype.forEach.call(rules, function (rule) {
      if (!rule.media) { return; }
      var written = rule.khueMedia || rule.media.mediaText;
      var kind = /prefers-color-scheme:\s*(dark|light)/.exec(written);
      if (!kind) { return; }
      rule.khueMedia = written;
      rule.media.mediaText = chosen === 'auto' ? written : chosen === kind[1] ? 'screen' : 'not all';
    });
  }

  function apply() {
    var chosen = choice();
    if (chosen !== 'auto' || root.dataset.theme) {
      Array.prototype.forEach.call(document.styleSheets, function (sheet) {
        try { fit(sheet.cssRules, chosen); } catch (e) { /* a sheet that is not ours to read */ }
      });
    }
    root.dataset.theme = chosen;
    root.style.colorScheme = chosen === 'auto' ? '' : chosen;
  }

  function label(button) {
    var words = button.dataset[choice()];
    button.setAttribute('aria-label', words);
    button.title = words;
  }

  function choose(next) {
    try { localStorage.setItem(place, next); } catch (e) { /* it then holds for this page */ }
    apply();
    document.dispatchEvent(new Event('khue:theme'));
  }

  window.khueTheme = { dark: dark };
  apply();

  function paper(yes) {
    return function () {
      printing = yes;
      if (yes) { document.dispatchEvent(new Event('khue:paper')); }
      root.classList.toggle('printing', yes);
      document.dispatchEvent(new Event('khue:theme'));
      // A drawing is made smaller as a whole where paper is narrower than the screen.
      document.querySelectorAll('.chart svg').forEach(function (svg) {
        if (yes) { svg.setAttribute('viewBox', '0 0 ' + svg.getAttribute('width') + ' ' + svg.getAttribute('height')); } else { svg.removeAttribute('viewBox'); }
      });
    };
  }
  window.addEventListener('beforeprint', paper(true));
  window.addEventListener('afterprint', paper(false));
  machine.addEventListener('change', function () { document.dispatchEvent(new Event('khue:theme')); });

  document.addEventListener('DOMContentLoaded', function () {
    document.querySelectorAll('[data-theme-switch]').forEach(function (button) {
      label(button);
      button.addEventListener('click', function () {
        choose(order[(order.indexOf(choice()) + 1) % order.length]);
        label(button);
        if (window.khue) { khue.say(button.title); }
      });
    });
  });
})();
