// What every page needs: filters that act at once, and what the other scripts build
// on. Without it a page is whole: the filters have a button and every chart its table.
(function () {
  'use strict';

  // khue is what the other scripts of a page build on.
  var khue = window.khue = { scale: 1 };

  function filters(form) {
    form.addEventListener('change', function () { form.requestSubmit(); });
    form.addEventListener('submit', function () {
      form.querySelectorAll('select, input').forEach(function (field) {
        var plain = field.value === '' || (field.name === 'period' && field.value === 'this-year');
        field.disabled = plain; // keeps the address short
      });
      if (form.hasAttribute('data-remembered') && !form.querySelector('select:enabled, input:enabled')) { // every filter is taken off: they are to be forgotten
        var clear = element('input', '');
        clear.type = 'hidden';
        clear.name = 'clear';
        clear.value = '1';
        form.appendChild(clear);
      }
    });
    // A page brought back by the back button has its filters as they were sent.
    window.addEventListener('pageshow', function () {
      form.querySelectorAll('input[name=clear]').forEach(function (field) { field.remove(); });
      form.querySelectorAll('input').forEach(function (field) {
        field.disabled = false;
        field.value = field.defaultValue;
      });
      form.querySelectorAll('select').forEach(function (select) {
        select.disabled = false;
        var chosen = select.querySelector('option[selected]');
        if (chosen) { select.value = chosen.value; }
      });
    });
  }

  function element(name, kind, words) {
    var made = document.createElement(name);
    made.className = kind;
    if (words) { made.textContent = words; }
    return made;
  }

  // say tells those who listen to the page rather than look at it.
  function say(words) {
    var said = document.getElementById('said');
    if (said) { said.textContent = words; }
  }

  khue.dark = function () {
    return window.khueTheme ? khueTheme.dark() : window.matchMedia('(prefers-color-scheme: dark)').matches;
  };
  khue.element = element;
  khue.say = say;

  document.addEventListener('DOMContentLoaded', function () {
    document.querySelectorAll('[data-filters]').forEach(filters);
  });
})();
